"""Refusal class → (HTTP status, stable code, Chinese sentence). A sentence may use the refusal's `detail` by name."""

from accounts import names, phones, selectors
from accounts.documents import refusals as documents
from accounts.errors import Refusal
from accounts.services import consents, login, patients, sensitive_access, sms_codes, tokens, wards, wechat_answers
from accounts.services import phones as account_phones
from booking.imports import history, storing
from booking.locks import TooBusy
from booking.queue_selectors import NotInQueue
from booking.rules import caps, patient, session
from booking.services import (
    appointments,
    cancellation,
    checkin,
    choices,
    idempotency,
    orders,
    restrictions,
    seats,
    substitutes,
    suspension,
    transitions,
)
from booking.services.queue import calling, codes, places
from booking.services.reconciliation import resolving, runs
from capacity.services.approval import PlanNotWaiting
from hospitals.services import quotas
from scoring.services import nightly

REFUSALS: dict[type[Refusal], tuple[int, str, str]] = {
    # Accounts
    names.NameInvalid: (400, "name-invalid", "姓名为空、过长或含有姓名中不会出现的字符。"),
    phones.PhoneInvalid: (400, "phone-invalid", "手机号格式不正确，请检查后重试。"),
    documents.ResidentIdLengthWrong: (400, "resident-id-length", "身份证号位数不对，应为 18 位。"),
    documents.ResidentIdCharacterWrong: (400, "resident-id-characters", "身份证号前 17 位应为数字，最后一位应为数字或 X。"),
    documents.ResidentIdBirthDateImpossible: (400, "resident-id-birth-date", "身份证号中的出生日期不存在，请检查。"),
    documents.ResidentIdCheckCharacterWrong: (400, "resident-id-check", "身份证号校验码错误，请检查是否输错。"),
    documents.BirthDateInFuture: (400, "birth-date-future", "出生日期不能晚于今天。"),
    documents.BirthDateTooLongAgo: (400, "birth-date-too-old", "出生日期过早，请检查。"),
    documents.BirthDateDisagrees: (400, "birth-date-disagrees", "出生日期与证件不符。"),
    documents.SexDisagrees: (400, "sex-disagrees", "性别与证件不符。"),
    documents.BirthDateMissing: (400, "birth-date-missing", "请填写出生日期。"),
    documents.SexMissing: (400, "sex-missing", "请选择性别。"),
    documents.DocumentNumberMissing: (400, "document-number-missing", "请填写证件号码。"),
    documents.DocumentTypeUnknown: (400, "document-type-unknown", "不支持该证件类型。"),
    documents.DocumentFormatWrong: (400, "document-format", "{document}号码格式不对，应为{rule}。"),
    sms_codes.SmsTooSoon: (429, "sms-too-soon", "验证码发送过于频繁，请 {retry_after_seconds} 秒后再试。"),
    sms_codes.SmsDailyLimitReached: (429, "sms-daily-limit", "该手机号 24 小时内最多获取 {limit} 次验证码，请稍后再试。"),
    sms_codes.SmsUnavailable: (503, "sms-unavailable", "短信暂时无法发送，请稍后再试或使用微信登录。"),
    sms_codes.SmsCodeWrong: (400, "sms-code-wrong", "验证码不正确，还可尝试 {attempts_left} 次。"),
    sms_codes.SmsCodeExpired: (400, "sms-code-expired", "验证码已失效，请重新获取。"),
    sms_codes.SmsCodeExhausted: (400, "sms-code-exhausted", "验证码错误次数过多，请重新获取。"),
    wechat_answers.WeChatCodeRefused: (400, "wechat-code-refused", "微信授权已失效，请重试。"),
    wechat_answers.WeChatUnavailable: (503, "wechat-unavailable", "微信暂时没有响应，请稍后再试。"),
    login.AccountDisabled: (403, "account-disabled", "该账户已停用，如有疑问请联系客服。"),
    tokens.RefreshTokenRefused: (401, "refresh-refused", "登录已失效，请重新登录。"),
    account_phones.PhoneTaken: (409, "phone-taken", "该手机号已绑定其他账户。请用该手机号登录，或换一个手机号。"),
    selectors.PatientNotInAccount: (404, "patient-not-found", "没有找到该就诊人，请先添加。"),
    selectors.HealthConsentMissing: (403, "health-consent-missing", "您尚未同意或已撤回健康信息处理，请在“隐私”中同意后再预约。"),
    patients.PatientDetailsDisagree: (409, "patient-details-disagree", "姓名、性别或出生日期与证件不符，请核对后重试。"),
    patients.PatientAlreadyAdded: (409, "patient-already-added", "该就诊人已在您的列表中。"),
    patients.PatientLimitReached: (409, "patient-limit", "每个账户最多添加 {limit} 位就诊人。"),
    patients.SelfAlreadyAdded: (409, "self-already-added", "您已添加过“本人”，请选择其他关系。"),
    patients.ConsentMissing: (400, "consent-missing", "请先阅读并同意：{names}。"),
    patients.PatientHasWards: (409, "patient-has-wards", "该就诊人是本账户中儿童的监护人，请先移除儿童。"),
    wards.GuardianMissing: (400, "guardian-missing", "没有证件的儿童请选择监护人，其他人请填写证件。"),
    wards.GuardianNotInAccount: (404, "guardian-not-found", "请先将监护人添加为就诊人。"),
    wards.GuardianUnfit: (409, "guardian-unfit", "监护人须为已登记证件且年满 {years} 周岁的就诊人。"),
    wards.WardTooOld: (409, "ward-too-old", "年满 {years} 周岁须使用本人证件登记。"),
    wards.WardDetailsDisagree: (409, "ward-details-disagree", "该儿童已登记，性别与已登记的不一致。"),
    consents.ConsentVersionOutdated: (409, "consent-version-outdated", "同意的文本已更新，请重新阅读后再提交。"),
    consents.ConsentPatientMissing: (400, "consent-patient-missing", "请选择就诊人。"),
    consents.ConsentPatientUnexpected: (400, "consent-patient-unexpected", "该文本以账户名义同意，无需选择就诊人。"),
    consents.ConsentNotFound: (404, "consent-not-found", "没有找到该同意记录。"),
    sensitive_access.AccessReasonMissing: (400, "access-reason-missing", "请填写查看事由（200 字以内）。"),
    # Booking
    TooBusy: (503, "busy", "当前预约的人较多，请稍后重试。"),
    appointments.SlotNotFound: (404, "slot-not-found", "没有找到该时段，可能已停用。"),
    patient.BookingPaused: (403, "booking-paused", "因失约 {missed} 次，预约已暂停至 {until}，到期自动恢复。"),
    patient.CancelledTooOften: (403, "cancelled-too-often", "本月已取消 {count} 次，预约已暂停，{until} 起自动恢复。"),
    patient.AgeNotAccepted: (409, "age-not-accepted", "{department}只接诊{limit}的患者。"),
    patient.SexNotAccepted: (409, "sex-not-accepted", "{department}只接诊{sex}性患者。"),
    caps.AlreadyBooked: (409, "already-booked", "该就诊人已预约本班次。"),
    caps.DepartmentDayCapReached: (409, "department-day-cap", "同一科室同一天最多预约 {limit} 次。"),
    caps.DayCapReached: (409, "day-cap", "同一天最多预约 {limit} 次。"),
    caps.WeekCapReached: (409, "week-cap", "7 天内最多预约 {limit} 次。"),
    caps.QuarterCapReached: (409, "quarter-cap", "3 个月内最多预约 {limit} 次。"),
    session.NotReleased: (409, "not-released", "尚未放号，放号时间为 {releases_at}。"),
    session.AdvanceClosed: (409, "advance-closed", "次日号已于 {closes} 截止，请在就诊当日挂现场号。"),
    session.SessionSuspended: (409, "session-suspended", "该班次已停诊。"),
    session.SessionOver: (409, "session-over", "该时段已结束，请选择其他时段。"),
    seats.SessionFull: (409, "session-full", "该班次已约满。"),
    seats.SlotFull: (409, "slot-full", "该时段已约满，请选择其他时段。"),
    idempotency.IdempotencyKeyReused: (422, "idempotency-key-reused", "请求重复编号冲突，请重新提交。"),
    orders.WeChatIdentityMissing: (409, "wechat-identity-missing", "请用微信登录后再预约收费号源，以便支付。"),
    orders.NothingToPay: (409, "nothing-to-pay", "该预约当前无需支付。"),
    orders.PaymentUnavailable: (503, "payment-unavailable", "微信支付暂时没有响应，请稍后重试。"),
    cancellation.VisitIsOver: (409, "visit-over", "就诊已结束，不能再取消。"),
    checkin.CheckInNotOpen: (409, "check-in-not-open", "尚未到签到时间，{opens_at} 起可签到。"),
    checkin.CheckInOver: (409, "check-in-over", "本班次已结束，不能签到，请咨询导诊台。"),
    codes.CheckInCodeInvalid: (404, "check-in-code-invalid", "没有找到该签到码对应的预约，请核对后重试。"),
    codes.CheckInCodeExpired: (409, "check-in-code-expired", "签到码已失效，请患者刷新后重新出示。"),
    NotInQueue: (409, "not-in-queue", "签到后才能查看候诊情况。"),
    calling.NobodyWaiting: (409, "nobody-waiting", "当前没有等候的患者。"),
    places.QueueMoveRefused: (409, "queue-move-refused", "当前为“{state}”，不能“{wanted}”，请刷新后再试。"),
    places.QueueReasonMissing: (400, "queue-reason-missing", "请填写原因。"),
    places.QueueClosed: (409, "queue-closed", "该班次{status}，不能叫号。"),
    transitions.TransitionRefused: (409, "transition-refused", "当前状态为“{status}”，不能变更为“{wanted}”。"),
    runs.DayNotOver: (400, "day-not-over", "{day} 尚未结束，账单次日上午才有。"),
    resolving.DifferenceResolved: (409, "difference-resolved", "该差异已由他人处理。"),
    resolving.ResolutionMissing: (400, "resolution-missing", "请填写处理说明。"),
    suspension.SessionNotSuspendable: (409, "session-not-suspendable", "该班次已停诊或已结束，不能停诊。"),
    suspension.SessionNotSuspended: (409, "session-not-suspended", "该班次没有停诊或已结束，不能恢复。"),
    suspension.ChoicesMade: (409, "suspension-choices-made", "已有患者作出选择，停诊不能撤销。"),
    substitutes.SubstituteUnfit: (409, "substitute-unfit", "该班次不能替诊：{reason}。"),
    choices.NothingToChoose: (409, "nothing-to-choose", "该预约没有待处理的停诊选择。"),
    choices.ChoiceMade: (409, "choice-made", "您已选择“{choice}”，不能更改。"),
    choices.ChoiceTooLate: (409, "choice-too-late", "选择时间已过，将按医院规则处理。"),
    choices.NoSubstitute: (409, "no-substitute", "医院没有安排替诊，请改到其他时间或退款。"),
    choices.SubstituteFull: (409, "substitute-full", "替诊班次已没有号源，请改到其他时间或退款。"),
    choices.OtherDepartment: (409, "other-department", "只能改到同一科室的时段。"),
    choices.DearerSlot: (409, "dearer-slot", "该时段的挂号费更高，请选择不高于原挂号费的时段，或退款后重新预约。"),
    restrictions.RestrictionNotInForce: (409, "restriction-not-in-force", "该限制已到期或已解除。"),
    history.ImportRefused: (409, "import-refused", "文件中有错误的行，全部未导入。"),
    storing.SessionTaken: (409, "session-taken", "{department} 在 {visit_date} 已有门诊班次，不能导入。"),
    storing.TooManySeats: (409, "too-many-seats", "{department} 在 {visit_date} 的预约数超过一个班次的上限。"),
    # Schedules
    quotas.SessionNotOpen: (409, "session-not-open", "该班次已停诊或已结束，不能调整号源。"),
    # Scoring
    nightly.AsOfInFuture: (400, "as-of-in-future", "截至日期 {as_of} 晚于今天（{today}）。"),
    # Capacity
    PlanNotWaiting: (409, "plan-not-waiting", "方案当前为“{status}”，不在待审批状态。"),
}
