import { ADULTS } from './people.js';

/**
 * What must not wait for an appointment. Those of every part come last, after the ones of the part that was chosen.
 *
 * @typedef {object} Alarm
 * @property {string} key
 * @property {string} name
 * @property {string[]} parts `any`: of every part
 * @property {import('./people.js').Who[]} [only]
 * @property {{number: string, name: string}} [line] a telephone line that helps beside 120
 */

export const EMERGENCY_NUMBER = '120';

/** @type {Alarm[]} */
export const ALARMS = [
  { key: 'heart', name: '胸口压榨样疼痛，伴出冷汗、恶心，或痛到左肩、下巴', parts: ['chest', 'back', 'arm', 'belly', 'whole'], only: ADULTS },
  { key: 'tearing', name: '胸背部突然撕裂样剧痛', parts: ['chest', 'back', 'waist'], only: ADULTS },
  { key: 'stroke', name: '突然口角歪斜、一侧手脚无力，或说话不清', parts: ['head', 'eye', 'mouth', 'arm', 'leg', 'whole'] },
  { key: 'worst-headache', name: '突然出现从未有过的剧烈头痛', parts: ['head', 'neck', 'eye'] },
  { key: 'head-injury', name: '头部受伤后呕吐、嗜睡或越来越糊涂', parts: ['head'] },
  { key: 'meningitis', name: '发热伴脖子发硬、剧烈头痛或反复呕吐', parts: ['head', 'neck', 'whole'] },
  { key: 'eye-injury', name: '突然看不见，眼睛被扎伤，或溅入化学品', parts: ['eye'] },
  { key: 'choking', name: '东西卡住喉咙，或咽喉肿到咽不下口水', parts: ['throat', 'mouth', 'neck', 'nose'] },
  { key: 'long-nosebleed', name: '鼻血压住 20 分钟还止不住', parts: ['nose'] },
  { key: 'coughing-blood', name: '咳出鲜血', parts: ['chest', 'throat'] },
  { key: 'hard-belly', name: '腹痛剧烈、肚子发硬，一碰更痛', parts: ['belly', 'pelvis', 'waist'] },
  { key: 'vomiting-blood', name: '呕血，或解出黑便、大量鲜血', parts: ['belly', 'seat', 'throat'] },
  { key: 'stuck-hernia', name: '鼓包突然变硬、剧痛、推不回去', parts: ['belly', 'pelvis'] },
  { key: 'no-urine', name: '憋得很胀却完全解不出小便', parts: ['pelvis', 'belly'] },
  { key: 'scrotum', name: '阴囊突然剧痛、肿胀', parts: ['pelvis'], only: ['man', 'child'] },
  { key: 'ectopic', name: '月经推迟后下腹突然剧痛，或大量出血、头晕', parts: ['pelvis', 'belly'], only: ['woman'] },
  { key: 'birth', name: '阴道出血、破水，或一阵阵规律的腹痛', parts: ['pregnancy', 'belly', 'pelvis', 'waist'], only: ['pregnant'] },
  { key: 'fetal', name: '胎动明显减少或感觉不到', parts: ['pregnancy', 'belly'], only: ['pregnant'] },
  { key: 'eclampsia', name: '剧烈头痛、眼花，或右上腹痛伴血压升高', parts: ['pregnancy', 'head', 'eye', 'belly', 'whole'], only: ['pregnant'] },
  { key: 'nerve', name: '腰腿痛伴大小便失控或会阴部麻木', parts: ['waist', 'back', 'seat', 'leg'] },
  { key: 'clot', name: '一条腿突然肿胀疼痛', parts: ['leg', 'pregnancy'], only: ADULTS },
  { key: 'fracture', name: '受伤后手脚变形、不能动，或伤口很深', parts: ['arm', 'leg'] },
  { key: 'neck-injury', name: '摔伤、车祸后脖子或背部剧痛，手脚发麻无力', parts: ['neck', 'back', 'waist'] },
  { key: 'burn', name: '大面积烧烫伤，或伤在脸、手、会阴', parts: ['skin'] },
  { key: 'swelling', name: '全身起风团，嘴唇或舌头肿、喘不上气', parts: ['skin', 'mouth', 'whole'] },
  { key: 'purple-rash', name: '发热伴皮肤紫红色斑点，按压不褪色', parts: ['skin', 'whole'] },
  { key: 'poison', name: '误服药物、农药，或煤气中毒', parts: ['whole', 'belly', 'mouth'] },
  { key: 'self-harm', name: '有伤害自己或他人的念头', parts: ['mind'], line: { number: '12356', name: '心理援助热线' } },
  { key: 'small-fever', name: '3 个月以内的宝宝发热', parts: ['whole', 'head', 'growth', 'throat'], only: ['child'] },
  { key: 'listless', name: '精神很差、不吃不喝、总是昏睡', parts: ['whole', 'head', 'belly', 'chest', 'growth'], only: ['child'] },
  { key: 'fast-breath', name: '呼吸很快，吸气时肋下或锁骨上凹陷', parts: ['chest', 'throat', 'nose'], only: ['child'] },
  { key: 'swallowed', name: '吞下电池、磁铁或尖锐的东西', parts: ['belly', 'throat', 'mouth'], only: ['child'] },
  { key: 'breathless', name: '安静坐着也喘不上气，或嘴唇发紫', parts: ['any'] },
  { key: 'unconscious', name: '叫不醒、意识不清，或正在抽搐', parts: ['any'] },
  { key: 'bleeding', name: '大量出血，压住也止不住', parts: ['any'] },
];
