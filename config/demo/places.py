"""The invented hospitals of the demo world. Any likeness to a real one is chance."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoDoctor:
    name: str
    title: str
    expertise: str
    # ISO weekdays on which the doctor sees patients, mornings and afternoons.
    mornings: tuple[int, ...] = ()
    afternoons: tuple[int, ...] = ()
    rated_capacity: int = 20


@dataclass(frozen=True, slots=True)
class DemoDepartment:
    code: str
    subject: str
    name: str
    location: str
    doctors: tuple[DemoDoctor, ...]
    # Demand relative to the rated capacity: 1.5 is the "high demand" of Jiang, Tang & Yan (2017).
    demand: float = 1.5
    minimum_age: int | None = None
    maximum_age: int | None = None
    sex_limit: str = ""


@dataclass(frozen=True, slots=True)
class DemoHospital:
    code: str
    name: str
    level: str
    address: str
    phone: str
    longitude: float
    latitude: float
    introduction: str
    departments: tuple[DemoDepartment, ...]


HOSPITALS = (
    DemoHospital(
        code="yunqi",
        name="云栖市第一人民医院",
        level="3A",
        address="云栖市湖滨路 18 号",
        phone="0800-10010",
        longitude=120.1551,
        latitude=30.2741,
        introduction="综合性三级甲等医院，设有内科、儿科、妇科、眼科等科室，提供分时段预约。",
        departments=(
            DemoDepartment(
                "CARD",
                "03.04",
                "心血管内科",
                "门诊楼 3 层 A 区",
                (
                    DemoDoctor("沈知远", "chief", "冠心病、高血压、心力衰竭", (1, 3, 5), (2,), 20),
                    DemoDoctor("林若溪", "associate-chief", "心律失常、心脏起搏随访", (2, 4), (1, 5), 24),
                ),
                1.7,
            ),
            DemoDepartment(
                "RESP",
                "03.01",
                "呼吸内科",
                "门诊楼 3 层 B 区",
                (
                    DemoDoctor("顾清和", "chief", "慢性咳嗽、哮喘、肺结节", (1, 4), (3,), 20),
                    DemoDoctor("许星晚", "attending", "呼吸道感染、慢阻肺", (2, 5), (4,), 28),
                ),
                1.3,
            ),
            DemoDepartment(
                "PEDI",
                "07",
                "儿科",
                "儿童楼 1 层",
                (
                    DemoDoctor("陆春生", "associate-chief", "小儿发热、腹泻、生长发育", (1, 2, 3, 4, 5), (), 30),
                    DemoDoctor("白晓棠", "attending", "儿童哮喘、过敏性疾病", (), (1, 3, 5), 28),
                ),
                1.6,
                maximum_age=13,
            ),
            DemoDepartment(
                "GYNE",
                "05",
                "妇产科",
                "门诊楼 2 层 A 区",
                (
                    DemoDoctor("江映月", "chief", "月经失调、子宫肌瘤", (2, 4), (1,), 20),
                    DemoDoctor("苏锦年", "attending", "产前检查、妇科炎症", (1, 3, 5), (4,), 24),
                ),
                1.4,
                sex_limit="female",
            ),
        ),
    ),
    DemoHospital(
        code="qinghe",
        name="清禾口腔医院",
        level="2A",
        address="云栖市青禾街 66 号",
        phone="0800-10020",
        longitude=120.1689,
        latitude=30.2563,
        introduction="口腔专科医院，提供种植、正畸与牙体牙髓诊疗。",
        departments=(
            DemoDepartment(
                "IMPL",
                "12",
                "口腔种植科",
                "2 层",
                (
                    DemoDoctor("程砚秋", "chief", "即刻种植、全口种植", (1, 3), (5,), 12),
                    DemoDoctor("何沐阳", "attending", "单颗牙种植、植骨", (2, 4), (1, 3), 12),
                ),
                1.2,
            ),
            DemoDepartment(
                "ORTH",
                "12",
                "口腔正畸科",
                "3 层",
                (
                    DemoDoctor("叶知秋", "associate-chief", "隐形矫治、儿童早期矫治", (2, 5), (3,), 16),
                    DemoDoctor("温以宁", "attending", "固定矫治", (1, 4), (2,), 16),
                ),
                1.5,
                minimum_age=6,
            ),
        ),
    ),
    DemoHospital(
        code="songling",
        name="松岭区中医医院",
        level="2A",
        address="云栖市松岭路 9 号",
        phone="0800-10030",
        longitude=120.2107,
        latitude=30.2958,
        introduction="区级中医医院，针灸推拿与治未病为特色。",
        departments=(
            DemoDepartment(
                "ACUP",
                "50.13",
                "针灸科",
                "1 层西侧",
                (
                    DemoDoctor("柳怀远", "chief", "颈肩腰腿痛、面瘫", (1, 2, 4), (5,), 18),
                    DemoDoctor("杜若飞", "resident", "失眠、偏头痛", (3, 5), (2, 4), 24),
                ),
                1.1,
            ),
        ),
    ),
)
