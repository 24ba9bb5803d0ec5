import { ADULTS, WOMEN } from './people.js';

/**
 * What ails people, in their own words, and the subjects it leads to, the likeliest first. A child is led by `child` and always to
 * paediatrics too, whoever is pregnant by `pregnant` or `leads` and always to obstetrics too (advice.js).
 *
 * Conservative on purpose: it names where to ask, never what it is.
 *
 * @typedef {object} Symptom
 * @property {string} key
 * @property {string} name
 * @property {string[]} parts
 * @property {string[]} leads codes of subjects.js, for adults
 * @property {string[]} [child]
 * @property {string[]} [pregnant]
 * @property {import('./people.js').Who[]} [only]
 */

/** @type {Symptom[]} */
export const SYMPTOMS = [
  { key: 'headache', name: '头痛', parts: ['head'], leads: ['03.03'], child: ['07', '07.08'], pregnant: ['05.02', '03.03'] },
  { key: 'dizzy', name: '头晕、站不稳', parts: ['head', 'whole'], leads: ['03.03', '11'], pregnant: ['05.02', '03.03'] },
  { key: 'spinning', name: '天旋地转，翻身时加重', parts: ['head', 'ear'], leads: ['11', '03.03'] },
  { key: 'fainted', name: '曾经晕倒，现在没有不适', parts: ['head', 'whole'], leads: ['03.04', '03.03'], child: ['07', '07.08'], pregnant: ['05.02', '03.04'] },
  { key: 'head-bump', name: '头部轻微碰伤，人清醒、没有呕吐', parts: ['head'], leads: ['04.02'], child: ['08', '07'] },
  { key: 'forgetful', name: '记性变差', parts: ['head', 'mind'], leads: ['03.03', '03.10'], only: ADULTS },
  { key: 'face-twitch', name: '脸上反复抽动或麻木', parts: ['head'], leads: ['03.03', '50.13'], child: ['07.08', '07'] },
  { key: 'hair-loss', name: '掉头发、头皮屑多', parts: ['head', 'skin'], leads: ['13'], child: ['13', '07'] },

  { key: 'blurred', name: '看东西模糊、视力下降', parts: ['eye'], leads: ['10'], child: ['10'], pregnant: ['10', '05.02'] },
  { key: 'red-eye', name: '眼睛红、痒、分泌物多', parts: ['eye'], leads: ['10'], child: ['10'] },
  { key: 'dry-eye', name: '眼睛干涩、疲劳', parts: ['eye'], leads: ['10'], child: ['10'] },
  { key: 'glasses', name: '近视检查、配镜', parts: ['eye'], leads: ['10'], child: ['10'] },

  { key: 'ear-ache', name: '耳朵痛或流水', parts: ['ear'], leads: ['11'], child: ['11'] },
  { key: 'hearing', name: '听不清、耳鸣', parts: ['ear'], leads: ['11'], child: ['11'] },

  { key: 'stuffed-nose', name: '鼻塞、流鼻涕', parts: ['nose'], leads: ['11', '03.01'], child: ['07', '11'] },
  { key: 'sneezing', name: '打喷嚏、鼻子痒', parts: ['nose'], leads: ['11', '03.09'], child: ['11', '07'] },
  { key: 'nosebleed', name: '偶尔少量流鼻血', parts: ['nose'], leads: ['11'], child: ['11'] },
  { key: 'snoring', name: '打鼾、睡觉憋气', parts: ['nose', 'throat', 'mind'], leads: ['11', '03.01'], child: ['11'] },

  { key: 'toothache', name: '牙痛、蛀牙', parts: ['mouth'], leads: ['12'], child: ['12'] },
  { key: 'gums', name: '牙龈出血、肿痛', parts: ['mouth'], leads: ['12'], child: ['12'] },
  { key: 'mouth-sore', name: '口腔溃疡、起泡', parts: ['mouth'], leads: ['12'], child: ['12', '07'] },
  { key: 'crooked-teeth', name: '牙齿不齐，想矫正', parts: ['mouth'], leads: ['12'], child: ['12'] },
  { key: 'missing-teeth', name: '缺牙，想镶牙或种牙', parts: ['mouth'], leads: ['12'], only: ADULTS },

  { key: 'sore-throat', name: '嗓子痛', parts: ['throat'], leads: ['11', '03.01'], child: ['07', '11'] },
  { key: 'hoarse', name: '声音嘶哑', parts: ['throat'], leads: ['11'], child: ['11'] },
  { key: 'swallowing', name: '吞咽不顺、喉咙有异物感', parts: ['throat'], leads: ['11', '03.02'] },
  { key: 'neck-lump', name: '脖子上有肿块、体检发现甲状腺结节', parts: ['neck', 'throat'], leads: ['04.01', '03.07'], child: ['07', '08'] },
  { key: 'stiff-neck', name: '颈肩酸痛、落枕', parts: ['neck', 'arm', 'back'], leads: ['04.03', '21', '50.13'], child: ['08.02', '07'] },

  { key: 'cough', name: '咳嗽、咳痰', parts: ['chest', 'throat'], leads: ['03.01'] },
  { key: 'wheeze', name: '活动后气喘，休息后好转', parts: ['chest'], leads: ['03.01', '03.04'], pregnant: ['05.02', '03.04'] },
  { key: 'tight-chest', name: '偶尔胸闷，很快缓解', parts: ['chest'], leads: ['03.04', '03.01'] },
  { key: 'palpitation', name: '心慌、心跳不齐', parts: ['chest', 'whole'], leads: ['03.04'], pregnant: ['03.04', '05.02'] },
  { key: 'blood-pressure', name: '血压偏高', parts: ['chest', 'head', 'whole', 'pregnancy'], leads: ['03.04'], pregnant: ['05.02', '03.04'] },
  { key: 'chest-wall', name: '胸壁一按就痛', parts: ['chest'], leads: ['04.05', '03.04'] },
  { key: 'lung-nodule', name: '体检发现肺结节', parts: ['chest'], leads: ['03.01', '04.05'], only: ADULTS },

  { key: 'breast-lump', name: '乳房肿块、疼痛', parts: ['breast'], leads: ['04.01'], only: WOMEN },
  { key: 'nipple', name: '乳头溢液、皮肤凹陷', parts: ['breast'], leads: ['04.01'], only: WOMEN },
  { key: 'nursing', name: '哺乳期堵奶、乳房胀痛', parts: ['breast', 'pregnancy'], leads: ['04.01', '05.02'], only: WOMEN },

  { key: 'stomach', name: '胃痛、反酸、烧心', parts: ['belly'], leads: ['03.02'] },
  { key: 'bloating', name: '腹胀、嗳气、没胃口', parts: ['belly'], leads: ['03.02'] },
  { key: 'nausea', name: '恶心、呕吐', parts: ['belly'], leads: ['03.02'], pregnant: ['05.02', '03.02'] },
  { key: 'diarrhoea', name: '拉肚子', parts: ['belly'], leads: ['03.02', '16'], child: ['07', '16'] },
  { key: 'constipation', name: '便秘', parts: ['belly', 'seat'], leads: ['03.02', '04.01'] },
  { key: 'belly-ache', name: '腹部隐隐作痛', parts: ['belly'], leads: ['03.02', '04.01'], pregnant: ['05.02', '03.02'] },
  { key: 'liver', name: '肝功能异常、肝炎', parts: ['belly'], leads: ['16.03', '03.02'], child: ['07', '16.03'] },
  { key: 'gallstone', name: '体检发现胆结石、胆囊息肉', parts: ['belly'], leads: ['04.01', '03.02'], only: ADULTS },
  { key: 'hernia', name: '肚脐或大腿根鼓包，能推回去', parts: ['belly', 'pelvis'], leads: ['04.01'], child: ['08', '07'] },

  { key: 'urinating', name: '尿频、尿急、尿痛', parts: ['pelvis'], leads: ['04.04', '03.06'], child: ['07', '07.06'], pregnant: ['05.02', '04.04'] },
  { key: 'red-urine', name: '尿色发红', parts: ['pelvis'], leads: ['04.04', '03.06'], child: ['07.06', '07'] },
  { key: 'foamy-urine', name: '尿里泡沫多、尿检异常', parts: ['pelvis'], leads: ['03.06'], child: ['07.06', '07'], pregnant: ['05.02', '03.06'] },
  { key: 'period', name: '月经不调、痛经', parts: ['pelvis'], leads: ['05.01'], only: ['woman'] },
  { key: 'discharge', name: '白带异常、外阴瘙痒', parts: ['pelvis'], leads: ['05.01'], only: WOMEN },
  { key: 'lower-belly', name: '小腹隐痛、坠胀', parts: ['pelvis'], leads: ['05.01', '03.02'], only: ['woman'] },
  { key: 'late-period', name: '月经推迟，可能怀孕', parts: ['pelvis'], leads: ['05.02', '05.01'], only: ['woman'] },
  { key: 'menopause', name: '更年期潮热、出汗', parts: ['pelvis', 'whole'], leads: ['06.03', '05.01'], only: ['woman'] },
  { key: 'conceiving', name: '备孕、一年未怀上', parts: ['pelvis'], leads: ['05.05', '05.01'], only: ['woman'] },
  { key: 'conceiving-man', name: '备孕、男性生育检查', parts: ['pelvis'], leads: ['04.04', '05.05'], only: ['man'] },
  { key: 'prostate', name: '排尿费力、夜尿多', parts: ['pelvis'], leads: ['04.04'], only: ['man'] },
  { key: 'male', name: '包皮、阴囊或性功能方面的问题', parts: ['pelvis'], leads: ['04.04'], only: ['man'] },
  { key: 'infection', name: '担心性传播疾病', parts: ['pelvis', 'skin'], leads: ['13'], only: ADULTS },
  { key: 'boy', name: '包皮、睾丸方面的问题（男孩）', parts: ['pelvis'], leads: ['04.04'], child: ['08.03'], only: ['child'] },
  { key: 'bedwetting', name: '尿床', parts: ['pelvis', 'growth'], leads: ['03.06'], child: ['07', '07.06'], only: ['child'] },

  { key: 'back-ache', name: '背痛', parts: ['back'], leads: ['04.03', '27', '50.13'], child: ['08.02', '07'] },
  { key: 'waist-ache', name: '腰痛', parts: ['waist'], leads: ['04.03', '21', '50.13'], child: ['08.02', '07'], pregnant: ['05.02', '04.03'] },
  { key: 'sciatica', name: '腰痛连着腿麻', parts: ['waist', 'leg'], leads: ['04.03', '27', '50.13'], child: ['08.02', '07'] },
  { key: 'kidney-stone', name: '腰侧阵发疼痛、有过结石', parts: ['waist'], leads: ['04.04'], child: ['08.03', '07'] },
  { key: 'spine', name: '高低肩、脊柱侧弯', parts: ['back', 'growth'], leads: ['04.03', '21'], child: ['08.02'] },
  { key: 'seat-pain', name: '肛门疼痛、有肿物', parts: ['seat'], leads: ['04.01'], child: ['08', '07'] },
  { key: 'blood-on-paper', name: '大便后手纸上有少量血', parts: ['seat'], leads: ['04.01', '03.02'], child: ['08', '07'] },

  { key: 'shoulder', name: '肩膀痛、抬不起来', parts: ['arm'], leads: ['04.03', '21', '50.13'], child: ['08.02'] },
  { key: 'joints', name: '多个关节肿痛、早上发僵', parts: ['arm', 'leg', 'whole'], leads: ['03.08', '04.03'] },
  { key: 'sprain', name: '扭伤、摔伤后肿痛', parts: ['arm', 'leg'], leads: ['04.03', '22'], child: ['08.02', '08'] },
  { key: 'numb', name: '手脚长期发麻', parts: ['arm', 'leg'], leads: ['03.03', '04.03'] },
  { key: 'tremor', name: '手抖', parts: ['arm'], leads: ['03.03', '03.07'] },
  { key: 'knee', name: '膝盖痛、上下楼痛', parts: ['leg'], leads: ['04.03', '22'], child: ['08.02'] },
  { key: 'foot', name: '脚跟、脚踝痛', parts: ['leg'], leads: ['04.03'], child: ['08.02'] },
  { key: 'gout', name: '大脚趾红肿热痛、尿酸高', parts: ['leg'], leads: ['03.08', '03.07'], only: ADULTS },
  { key: 'swollen-legs', name: '双腿浮肿', parts: ['leg', 'whole', 'pregnancy'], leads: ['03.06', '03.04'], child: ['07', '07.06'], pregnant: ['05.02', '03.06'] },
  { key: 'veins', name: '腿上青筋鼓起', parts: ['leg'], leads: ['04.01'], only: ADULTS },

  { key: 'prenatal', name: '产检、建档', parts: ['pregnancy'], leads: ['05.02'], only: ['pregnant'] },
  { key: 'morning-sickness', name: '孕吐', parts: ['pregnancy'], leads: ['05.02'], only: ['pregnant'] },
  { key: 'pregnant-sugar', name: '孕期血糖高', parts: ['pregnancy'], leads: ['05.02', '03.07'], only: ['pregnant'] },
  { key: 'pregnant-medicine', name: '孕期、哺乳期用药咨询', parts: ['pregnancy'], leads: ['05.02'], only: ['pregnant'] },
  { key: 'after-birth', name: '产后恢复、伤口不适', parts: ['pregnancy'], leads: ['05.02', '21'], only: ['pregnant'] },

  { key: 'height', name: '个子偏矮、长得慢', parts: ['growth'], leads: ['07.09'], child: ['07.09', '09'], only: ['child'] },
  { key: 'puberty', name: '发育过早或过晚', parts: ['growth'], leads: ['07.09'], child: ['07.09'], only: ['child'] },
  { key: 'feeding', name: '喂养、挑食、体重不增', parts: ['growth'], leads: ['09'], child: ['09'], only: ['child'] },
  { key: 'speech', name: '说话晚、动作发育慢', parts: ['growth'], leads: ['09'], child: ['09', '07.08'], only: ['child'] },
  { key: 'check-child', name: '儿童体检、入园检查', parts: ['growth'], leads: ['09'], child: ['09'], only: ['child'] },
  { key: 'attention', name: '注意力不集中、好动', parts: ['growth', 'mind'], leads: ['09.03'], child: ['09.03'], only: ['child'] },
  { key: 'vaccine-child', name: '接种疫苗', parts: ['growth'], leads: ['01'], child: ['01', '09'], only: ['child'] },

  { key: 'rash', name: '皮疹、瘙痒', parts: ['skin'], leads: ['13', '03.09'], child: ['13', '07'], pregnant: ['13', '05.02'] },
  { key: 'hives', name: '反复起风团', parts: ['skin'], leads: ['13', '03.09'], child: ['13', '07'] },
  { key: 'acne', name: '痘痘、毛囊发炎', parts: ['skin'], leads: ['13'], child: ['13'] },
  { key: 'mole', name: '痣变大、皮肤长东西', parts: ['skin'], leads: ['13', '04.01'], child: ['13', '08'] },
  { key: 'scald', name: '小面积轻度烫伤', parts: ['skin'], leads: ['04.07', '13'], child: ['08', '04.07'] },
  { key: 'slow-wound', name: '伤口长期不愈合', parts: ['skin'], leads: ['04.01', '13'], child: ['08'] },

  { key: 'fever', name: '发热', parts: ['whole', 'head', 'throat'], leads: ['16', '03.01'], child: ['07', '16'], pregnant: ['16', '05.02'] },
  { key: 'tired', name: '长期没力气、容易累', parts: ['whole'], leads: ['02', '03.07'] },
  { key: 'thirst', name: '口渴、多尿、血糖高', parts: ['whole'], leads: ['03.07'], child: ['07.09', '07'], pregnant: ['05.02', '03.07'] },
  { key: 'thin', name: '体重明显下降', parts: ['whole'], leads: ['02', '03.07'] },
  { key: 'pale', name: '脸色苍白、容易淤青', parts: ['whole', 'skin'], leads: ['03.05'] },
  { key: 'nodes', name: '颈部、腋下淋巴结肿大', parts: ['whole', 'neck'], leads: ['03.05', '04.01'], child: ['07', '08'] },
  { key: 'allergy', name: '想查过敏原', parts: ['whole', 'skin'], leads: ['03.09', '13'], child: ['03.09', '07'] },
  { key: 'report', name: '体检报告有异常，不知道看哪科', parts: ['whole'], leads: ['02'] },
  { key: 'chronic', name: '慢性病复诊、开药', parts: ['whole'], leads: ['02', '03'], only: ['woman', 'man'] },
  { key: 'old-age', name: '老年人多种不适', parts: ['whole'], leads: ['03.10', '02'], only: ['woman', 'man'] },
  { key: 'long-pain', name: '疼痛超过三个月', parts: ['whole', 'back', 'waist'], leads: ['27', '50.13'], only: ADULTS },
  { key: 'tumour', name: '确诊肿瘤后治疗、复查', parts: ['whole'], leads: ['19'] },
  { key: 'tuberculosis', name: '接触过肺结核患者', parts: ['whole', 'chest'], leads: ['17', '16'], child: ['17', '07'] },
  { key: 'recovery', name: '手术、中风或骨折后的康复', parts: ['whole'], leads: ['21'], child: ['21'] },
  { key: 'vaccine', name: '接种疫苗', parts: ['whole'], leads: ['01'], only: ADULTS },
  { key: 'herbal', name: '想看中医、调理身体', parts: ['whole'], leads: ['50'], child: ['50', '07'] },
  { key: 'unclear', name: '说不清哪里不舒服', parts: ['whole'], leads: ['02', '03'] },

  { key: 'sleepless', name: '睡不着、睡不好', parts: ['mind'], leads: ['15', '03.03', '50.13'], child: ['09.03', '07'] },
  { key: 'low', name: '情绪低落、对什么都没兴趣', parts: ['mind'], leads: ['15'], child: ['09.03', '15'], pregnant: ['15', '05.02'] },
  { key: 'anxious', name: '紧张、担心、心烦', parts: ['mind'], leads: ['15'], child: ['09.03', '15'] },
  { key: 'habit', name: '想戒烟、戒酒或摆脱药物依赖', parts: ['mind'], leads: ['15'], only: ADULTS },
];
