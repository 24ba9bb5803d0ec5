"""Problems of a file in one Chinese sentence each, for the staff who upload it."""

from scoring.counts_files.layout import TITLES
from scoring.counts_files.problems import Problem, ProblemKind
from scoring.numeric import MAX_COUNT

# Nothing to be found on a certain line.
OF_THE_WHOLE_FILE = {
    ProblemKind.EMPTY: "文件是空的",
    ProblemKind.NOT_A_TABLE: "这是{what_chinese}，不是 Excel（.xlsx）或 CSV 文件。改扩展名不会改变内容，请重新导出",
    ProblemKind.OLD_WORKBOOK: "不支持这种工作簿（{what}），请在 Excel 中另存为 .xlsx 后再上传",
    ProblemKind.LOCKED: "工作簿有打开密码，请取消密码后再上传",
    ProblemKind.MACROS: "工作簿含有宏，请另存为不含宏的 .xlsx 后再上传",
    ProblemKind.DAMAGED: "工作簿已损坏，无法读取，请在 Excel 中打开并重新保存",
    ProblemKind.UNPACKS_TOO_LARGE: "工作簿解压后超过 {limit}，请只保留需要的工作表和列",
    ProblemKind.SEVERAL_SHEETS: "工作表“{sheets}”都有这些列，无法判断导入哪一张，请只保留一张",
    ProblemKind.NO_ROWS: "表头下面没有数据",
}
OF_A_LINE = {
    ProblemKind.UNDECODABLE: "文字既不是 UTF-8 也不是 GB18030 编码，或已损坏，请另存为“CSV UTF-8”",
    ProblemKind.NOT_TEXT: "不是 UTF-8 或 GB18030 编码的文本，请另存为“CSV UTF-8”",
    ProblemKind.NOT_CSV: "不能按 CSV 读取，请检查引号是否成对",
    ProblemKind.TOO_MANY_ROWS: "超过 {limit} 行，请分成几个文件上传",
    ProblemKind.COLUMN_MISSING: "表头缺少“{missing}”。表头须在第一行",
    ProblemKind.COLUMN_TWICE: "表头中有两列",
    ProblemKind.FIELDS: "有 {found} 项，表头有 {expected} 项",
    ProblemKind.BLANK: "没有填写（合并的单元格只有第一格有内容）",
    ProblemKind.NOT_WHOLE: "“{value}”不是整数",
    ProblemKind.TOO_LONG: "“{value}”太长，最多 {limit_chinese}",
    ProblemKind.NEGATIVE: "{value} 小于零",
    ProblemKind.TOO_LARGE: f"{{value}} 超过 {MAX_COUNT}",
    ProblemKind.ABOVE_TOTAL: "{value} 大于总预约次数 {total}",
    ProblemKind.REPEATED: "“{value}”与第 {first} 行重复",
    ProblemKind.CONTROL_CHARACTER: "“{visible}”含有不可见的控制字符",
    ProblemKind.SUM_ROW: "“{value}”是汇总行，不是患者，请删去这一行",
    ProblemKind.DIGITS_LOST: "“{value}”是被表格软件改写的数字，末尾可能已丢失，请将该列设为文本格式后重新填写",
    ProblemKind.IS_A_DATE: "“{value}”被表格软件当作日期，请将该列设为文本格式后重新填写",
    ProblemKind.ERROR_VALUE: "公式的结果是“{value}”",
    ProblemKind.FORMULA_WITHOUT_VALUE: "是公式，但文件中没有保存结果，请在 Excel 中打开并重新保存",
    ProblemKind.SAME_PERSON: "与第 {first} 行是同一位就诊人的两个卡号，计入等级时请合并为一行",
    ProblemKind.TOO_MANY_TO_COUNT: "{value} 超过 {limit}，不能计入履约等级",
}
LOOKS_LIKE_UTF_16 = "文件是 UTF-16 编码，请另存为“CSV UTF-8”"


def chinese(problem: Problem) -> str:
    """`第 7 行，失约数：“三”不是整数。`"""
    if sentence := OF_THE_WHOLE_FILE.get(problem.kind):
        return sentence.format(**problem.detail) + "。"
    column = "" if problem.column is None or problem.kind == ProblemKind.COLUMN_MISSING else f"，{TITLES[problem.column]}"
    return f"第 {problem.line} 行{column}：{_what(problem)}。"


def _what(problem: Problem) -> str:
    if problem.detail.get("looks_like_utf_16"):
        return LOOKS_LIKE_UTF_16
    detail = dict(problem.detail)
    if problem.kind == ProblemKind.COLUMN_MISSING:
        detail["missing"] = "、".join(TITLES[name] for name in detail["missing"])
    return OF_A_LINE[problem.kind].format(**detail)
