"""Files of counts as staff upload them: what is read of a workbook, and the one sentence for whatever is wrong."""

import datetime as dt
import random
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.styles import numbers

from scoring.counts_files import COUNTS, BadCountsFile, Limits, read_counts
from scoring.counts_files.chinese import chinese
from scoring.counts_files.english import SENTENCES as ENGLISH
from scoring.counts_files.english import english
from scoring.counts_files.problems import ProblemKind
from scoring.services.pending_uploads import LIMITS
from tests.scoring.workbooks import CSV_HEADER, HEADER, REGISTRY, repacked, saved, with_sheet_xml, workbook

GOOD_ROW = ["P1", 3, 2, 0, 0, 1]


def rows_of(content: bytes) -> list[tuple[Any, ...]]:
    file = read_counts(content, limits=LIMITS)
    columns = [file.counts[name].tolist() for name in COUNTS]
    return list(zip(file.lines.tolist(), file.patients, *columns, strict=True))


def sentences(content: bytes, limits: Limits = LIMITS) -> list[str]:
    with pytest.raises(BadCountsFile) as refused:
        read_counts(content, limits=limits)
    # Both languages have words for it, on one line each.
    assert all("\n" not in english(problem) for problem in refused.value.problems)
    return [chinese(problem) for problem in refused.value.problems]


def test_every_kind_of_problem_has_its_sentence_in_both_languages() -> None:
    from scoring.counts_files.chinese import OF_A_LINE, OF_THE_WHOLE_FILE

    assert set(ENGLISH) == set(ProblemKind) == set(OF_A_LINE) | set(OF_THE_WHOLE_FILE)


def test_the_registry_layout_is_read_as_it_is() -> None:
    content = workbook(["甲001", 4, 2, 1, 1, 0, "25.00%", 0.5, 0.25, 0, 75.0, "C"], header=REGISTRY)
    assert rows_of(content) == [(2, "甲001", 4, 2, 1, 1, 0)]


def test_columns_in_any_order_texts_with_digits_whole_floats_and_blank_rows() -> None:
    header = ["备注", *reversed(HEADER)]
    content = workbook(
        ["", 1, 0, 0, 2, 3.0, 12345],
        [None] * 7,
        ["x", "1", " 0 ", "0", "2", "3", "A-2"],
        [None, "", None, " ", None, None, None],
        ["y", 0, 0, 0, 0, 0, 1e3],
        header=header,
    )
    assert rows_of(content) == [(2, "12345", 3, 2, 0, 0, 1), (4, "A-2", 3, 2, 0, 0, 1), (6, "1000", 0, 0, 0, 0, 0)]


def test_a_card_number_keeps_the_zeros_that_its_format_shows() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEADER)
    sheet.append([123, 1, 1, 0, 0, 0])
    sheet["A2"].number_format = "00000000"
    assert rows_of(saved(book)) == [(2, "00000123", 1, 1, 0, 0, 0)]


def test_shared_and_rich_texts_are_read_without_their_pronunciation() -> None:
    def change(parts: dict[str, bytes]) -> dict[str, bytes]:
        shared = parts["xl/sharedStrings.xml"].decode()
        assert "<t>P1</t>" in shared
        rich = '<r><t>张</t></r><r><t xml:space="preserve">三 </t></r><rPh sb="0" eb="1"><t>zhang</t></rPh>'
        return parts | {
            "xl/sharedStrings.xml": shared.replace("<t>P1</t>", rich).encode(),
        }

    # openpyxl writes texts in place; a spreadsheet shares them.
    assert rows_of(repacked(shared_workbook(), change)) == [(2, "张三", 3, 2, 0, 0, 1)]


def shared_workbook() -> bytes:
    """The good row with shared texts, with prefixed names as some programs write them, and without references."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    texts = [*HEADER, "P1"]

    def change(parts: dict[str, bytes]) -> dict[str, bytes]:
        head = "".join(f'<x:c t="s"><x:v>{place}</x:v></x:c>' for place in range(6))
        body = '<x:c t="s"><x:v>6</x:v></x:c>' + "".join(f"<x:c><x:v>{value}</x:v></x:c>" for value in GOOD_ROW[1:])
        rows = f"<x:row>{head}</x:row><x:row>{body}</x:row>"
        sheet = f'<x:worksheet xmlns:x="{main}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
        shared = f'<sst xmlns="{main}">' + "".join(f"<si><t>{text}</t></si>" for text in texts) + "</sst>"
        return parts | {"xl/worksheets/sheet1.xml": sheet.encode(), "xl/sharedStrings.xml": shared.encode()}

    return repacked(workbook(GOOD_ROW), change)


def test_the_result_of_a_formula_counts() -> None:
    content = workbook(["P1", 3, 2, 0, 0, "=B2-C2"])
    assert sentences(content) == ["第 2 行，失约数：是公式，但文件中没有保存结果，请在 Excel 中打开并重新保存。"]
    calculated = with_sheet_xml("<f>B2-C2</f><v></v>", "<f>B2-C2</f><v>1</v>", with_sheet_xml("<v />", "<v></v>", content))
    assert rows_of(calculated) == [(2, "P1", 3, 2, 0, 0, 1)]


def test_of_several_sheets_the_one_with_the_columns_is_read_and_named() -> None:
    book = Workbook()
    book.worksheets[0].append(["说明"])
    counts = book.create_sheet("二月")
    counts.append(HEADER)
    counts.append(GOOD_ROW)
    assert read_counts(saved(book)).sheet == "二月"
    again = book.create_sheet("三月")
    again.append(HEADER)
    assert sentences(saved(book)) == ["工作表“二月”“三月”都有这些列，无法判断导入哪一张，请只保留一张。"]
    again.sheet_state = "hidden"
    assert read_counts(saved(book)).patients == ["P1"]


def dated() -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEADER)
    sheet.append([dt.date(2024, 1, 2), 1, 1, 0, 0, 0])
    sheet.append(["P2", 1, 1, 0, 0, 0])
    sheet["B3"].number_format = numbers.FORMAT_DATE_YYYYMMDD2
    return saved(book)


WRONG_ROWS = {
    "text": (["P", 3, "三", 0, 0, 0], "第 2 行，履约数：“三”不是整数。"),
    "a fraction": (["P", 3.5, 1, 0, 0, 0], "第 2 行，总预约次数：“3.5”不是整数。"),
    "negative": (["P", 3, 1, 0, 0, -1], "第 2 行，失约数：-1 小于零。"),
    "above the total": (["P", 3, 1, 0, 4, 0], "第 2 行，取消预约数：4 大于总预约次数 3。"),
    "no number": (["P", 3, 1, None, 0, 0], "第 2 行，预约未到数：没有填写（合并的单元格只有第一格有内容）。"),
    "true": (["P", True, 1, 0, 0, 0], "第 2 行，总预约次数：“TRUE”不是整数。"),
    "no patient": ([None, 3, 1, 0, 0, 0], "第 2 行，用户编号：没有填写（合并的单元格只有第一格有内容）。"),
    "an error": (["P", "#N/A", 1, 0, 0, 0], "第 2 行，总预约次数：公式的结果是“#N/A”。"),
    "a sum": (["合计", 3, 1, 0, 0, 0], "第 2 行，用户编号：“合计”是汇总行，不是患者，请删去这一行。"),
    "digits lost": (
        [1.23456789012346e17, 3, 1, 0, 0, 0],
        "第 2 行，用户编号：“1.23456789012346e+17”是被表格软件改写的数字，末尾可能已丢失，请将该列设为文本格式后重新填写。",
    ),
    "sixteen digits": (
        [1234567890123456, 3, 1, 0, 0, 0],
        "第 2 行，用户编号：“1234567890123456”是被表格软件改写的数字，末尾可能已丢失，请将该列设为文本格式后重新填写。",
    ),
    "a long number": (["长" * 201, 3, 1, 0, 0, 0], f"第 2 行，用户编号：“{'长' * 39}…”太长，最多 200 个字符。"),
    "huge": (["P", 10**13, 1, 0, 0, 0], "第 2 行，总预约次数：10000000000000 超过 1000000000000。"),
}


@pytest.mark.parametrize("case", WRONG_ROWS)
def test_a_wrong_row_is_named_with_its_line(case: str) -> None:
    row, sentence = WRONG_ROWS[case]
    assert sentences(workbook(row)) == [sentence]


def test_dates_are_refused_where_a_number_was_meant() -> None:
    assert sentences(dated()) == [
        "第 2 行，用户编号：“45293”被表格软件当作日期，请将该列设为文本格式后重新填写。",
        "第 3 行，总预约次数：“1”被表格软件当作日期，请将该列设为文本格式后重新填写。",
    ]


def test_all_wrong_rows_are_told_up_to_a_hundred() -> None:
    rows = CSV_HEADER + "".join(f"P{n},1,{'x' if n % 2 else 1},0,0,0\n" for n in range(400))
    few = CSV_HEADER + "A,1,1,0,0,0\nB,一,1,0,-1,0\nA,2,3,0,0,0\nC,1\n"

    assert sentences(few.encode()) == [
        "第 3 行，总预约次数：“一”不是整数。",
        "第 4 行，用户编号：“A”与第 2 行重复。",
        "第 4 行，履约数：3 大于总预约次数 2。",
        "第 5 行：有 2 项，表头有 6 项。",
    ]
    with pytest.raises(BadCountsFile) as refused:
        read_counts(rows.encode(), limits=LIMITS)
    assert (len(refused.value.problems), refused.value.is_complete) == (100, False)
    assert chinese(refused.value.problems[-1]) == "第 201 行，履约数：“x”不是整数。"


def test_what_was_wrong_before_the_file_breaks_off_is_told_too() -> None:
    assert sentences((CSV_HEADER + 'A,x,1,0,0,0\n"B,1,1,0,0,0\n').encode()) == [
        "第 2 行，总预约次数：“x”不是整数。",
        "第 3 行：不能按 CSV 读取，请检查引号是否成对。",
    ]


MACRO_TYPE = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
SHEET_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def entities(parts: dict[str, bytes]) -> dict[str, bytes]:
    """Ten to the ninth power of a text, in a few hundred bytes."""
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE worksheet [<!ENTITY l0 "lol">{levels}]>'.encode()
    return parts | {"xl/worksheets/sheet1.xml": doctype + parts["xl/worksheets/sheet1.xml"]}


def without(name: str, parts: dict[str, bytes]) -> dict[str, bytes]:
    return {key: value for key, value in parts.items() if key != name}


GOOD = workbook(GOOD_ROW)
DAMAGED = "工作簿已损坏，无法读取，请在 Excel 中打开并重新保存。"
NOT_A_TABLE = "，不是 Excel（.xlsx）或 CSV 文件。改扩展名不会改变内容，请重新导出。"
MACROS = "工作簿含有宏，请另存为不含宏的 .xlsx 后再上传。"
WRONG_FILES: dict[str, tuple[bytes, str]] = {
    "no bytes": (b"", "文件是空的。"),
    "an empty sheet": (saved(Workbook()), "文件是空的。"),
    "a column missing": (workbook(header=HEADER[:-2]), "第 1 行：表头缺少“取消预约数、失约数”。表头须在第一行。"),
    "a column twice": (workbook(header=[*HEADER, "失约数"]), "第 1 行，失约数：表头中有两列。"),
    "a heading above": (
        workbook(HEADER, header=["预约统计"]),
        f"第 1 行：表头缺少“{'、'.join(HEADER)}”。表头须在第一行。",
    ),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(64), f"这是图片{NOT_A_TABLE}"),
    "a document": (b"%PDF-1.7\n%\xe2\xe3", f"这是 PDF 文档{NOT_A_TABLE}"),
    "a web page": ("<html><table><tr><td>用户编号".encode(), f"这是网页或 XML{NOT_A_TABLE}"),
    "an old workbook": (COMPOUND + bytes(512), "不支持这种工作簿（.xls），请在 Excel 中另存为 .xlsx 后再上传。"),
    "a password": (COMPOUND + "EncryptedPackage".encode("utf-16-le"), "工作簿有打开密码，请取消密码后再上传。"),
    "a macro": (repacked(GOOD, lambda parts: parts | {"xl/vbaProject.bin": b"\0"}), MACROS),
    "a macro by type": (
        repacked(GOOD, lambda p: p | {"[Content_Types].xml": p["[Content_Types].xml"].replace(SHEET_TYPE, MACRO_TYPE)}),
        MACROS,
    ),
    "a binary workbook": (
        repacked(GOOD, lambda parts: without("xl/workbook.xml", parts) | {"xl/workbook.bin": b"\0"}),
        "不支持这种工作簿（.xlsb），请在 Excel 中另存为 .xlsx 后再上传。",
    ),
    "another archive": (
        repacked(GOOD, lambda parts: {"word/document.xml": b"<w/>"}),
        f"这是其他文档或压缩包{NOT_A_TABLE}",
    ),
    "cut off": (GOOD[: len(GOOD) // 2], DAMAGED),
    "no sheet data": (repacked(GOOD, lambda p: p | {"xl/worksheets/sheet1.xml": b"<worksheet/>"}), DAMAGED),
    "broken XML": (with_sheet_xml("</sheetData>", "", GOOD), DAMAGED),
    "a text that is not there": (with_sheet_xml('t="inlineStr"', 't="s"', GOOD), DAMAGED),
    "rows backwards": (with_sheet_xml('<row r="2"', '<row r="1"', GOOD), DAMAGED),
    "entities": (repacked(GOOD, entities), DAMAGED),
    "a column too far": (with_sheet_xml('r="F2"', 'r="XFD2"', GOOD), DAMAGED),
    "a nonsense cell": (with_sheet_xml('r="F2"', 'r="../2"', GOOD), DAMAGED),
    "a bomb": (
        repacked(GOOD, lambda parts: parts | {"xl/media/x.bin": bytes(257 << 20)}),
        "工作簿解压后超过 256 MB，请只保留需要的工作表和列。",
    ),
    "UTF-16": (CSV_HEADER.encode("utf-16"), "第 1 行：文件是 UTF-16 编码，请另存为“CSV UTF-8”。"),
    "UTF-16 without its mark": (
        CSV_HEADER.encode("utf-16-le"),
        "第 1 行：不是 UTF-8 或 GB18030 编码的文本，请另存为“CSV UTF-8”。",
    ),
    "damaged UTF-8": (
        (CSV_HEADER + "张三,1,1,0,0,0\n").encode() + "李四,1,1,0,0,0\n".encode("gb18030"),
        "第 3 行：文字既不是 UTF-8 也不是 GB18030 编码，或已损坏，请另存为“CSV UTF-8”。",
    ),
    "a rounded number in CSV": (
        (CSV_HEADER + "1.23457E+17,1,1,0,0,0\n").encode(),
        "第 2 行，用户编号：“1.23457E+17”是被表格软件改写的数字，末尾可能已丢失，请将该列设为文本格式后重新填写。",
    ),
    "a control character": ((CSV_HEADER + "A\x07,1,1,0,0,0\n").encode(), "第 2 行，用户编号：“A□”含有不可见的控制字符。"),
}


@pytest.mark.parametrize("case", WRONG_FILES)
def test_a_wrong_file_is_one_sentence(case: str) -> None:
    content, sentence = WRONG_FILES[case]
    assert sentences(content) == [sentence]


def test_too_many_rows_are_not_read_to_the_end() -> None:
    content = CSV_HEADER + "".join(f"P{n},1,1,0,0,0\n" for n in range(11))
    assert sentences(content.encode(), Limits(rows=10)) == ["第 12 行：超过 10 行，请分成几个文件上传。"]


def said_of(content: bytes) -> list[str]:
    """What is wrong with it; nothing where it was read. Any other error is one of ours."""
    try:
        read_counts(content, limits=LIMITS)
    except BadCountsFile as error:
        return [chinese(problem) for problem in error.problems]
    return []


def test_a_workbook_that_is_changed_anywhere_is_read_or_refused() -> None:
    """Bytes turned over at random: whatever comes of it, it is counts or a sentence."""
    generator = random.Random(20261122)
    content = workbook(*([f"P{n}", 3, 2, 0, 0, 1] for n in range(20)))
    outcomes = {"read": 0, "refused": 0}
    for _ in range(300):
        changed = bytearray(content)
        for _ in range(generator.randrange(1, 4)):
            changed[generator.randrange(len(changed))] ^= 1 << generator.randrange(8)
        outcomes["refused" if said_of(bytes(changed)) else "read"] += 1
    assert outcomes["refused"] > 100
    assert outcomes["read"] > 0


def test_xml_that_is_changed_anywhere_is_read_or_refused() -> None:
    """The same below the compression, where no checksum guards it."""
    generator = random.Random(4)
    for _ in range(200):
        name = generator.choice(["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"])

        def change(parts: dict[str, bytes], name: str = name) -> dict[str, bytes]:
            part = bytearray(parts[name])
            start = generator.randrange(len(part))
            part[start : start + generator.randrange(1, 30)] = generator.choice([b"", b"<", b'"', b"9" * 30, b"\xff", b"&x;"])
            return parts | {name: bytes(part)}

        said_of(repacked(GOOD, change))
