"""What a preview of a policy says about hot slots, in plain sentences."""

from scoring.services.preview import HOT_DAYS, HotCost, PolicyPreview


def movement_sentence(preview: PolicyPreview) -> str:
    patients = sum(preview.matrix.values())
    if not preview.moved:
        return f"{patients} 位患者的等级都不变。"
    from_or_to_unrated = preview.moved - preview.moved_up - preview.moved_down
    told = f"{patients} 位患者中 {preview.moved} 位的等级会变：{preview.moved_up} 位升级，{preview.moved_down} 位降级"
    return f"{told}，{from_or_to_unrated} 位开始或不再评级。" if from_or_to_unrated else f"{told}。"


def hot_sentences(hot: HotCost) -> list[str]:
    """What the change costs in hot slots, and whom."""
    return [*_access(hot), _competition(hot), _places(hot)]


def _access(hot: HotCost) -> list[str]:
    if not hot.sessions:
        return [f"近 {HOT_DAYS} 天没有热门班次，等级变化不影响热门号。"]
    told = [f"近 {HOT_DAYS} 天有 {hot.sessions} 个热门班次、{hot.bookings} 个有效的预约号预约。"]
    parts = (
        (hot.losing_access, "{} 个来自将不能再自己在线预约热门号的患者（C、D 级；电话和窗口不受影响）"),
        (hot.gaining_access, "{} 个来自将可以自己在线预约热门号的患者"),
        (hot.losing_early, "{} 个来自将失去提前预约权、但统一放号后仍可预约的患者"),
        (hot.gaining_early, "{} 个来自将获得提前预约权的患者"),
    )
    concerned = [words.format(count) for count, words in parts if count]
    return [*told, f"其中 {'；'.join(concerned)}。" if concerned else "其中没有一个来自预约权会变的患者。"]


def _competition(hot: HotCost) -> str:
    told = f"A、B 级患者由 {hot.early_patients_before} 人变为 {hot.early_patients_after} 人"
    seats = hot.early_seats_a_week
    if not seats:
        return f"{told}；近 {HOT_DAYS} 天没有优先放出的热门号。"
    before, after = hot.early_patients_before / seats, hot.early_patients_after / seats
    return f"{told}；每周约 {seats:.1f} 个优先放出的热门号，每个号对应的 A、B 级患者由 {before:.1f} 人变为 {after:.1f} 人。"


def _places(hot: HotCost) -> str:
    """Heat itself, by the bounds that are on the same form."""
    if hot.places_before == hot.places_after:
        return f"今晚判定为热门的仍是 {hot.places_after} 个（医生或科室、星期、午别）。"
    return f"判定为热门的（医生或科室、星期、午别）今晚由 {hot.places_before} 个变为 {hot.places_after} 个。"
