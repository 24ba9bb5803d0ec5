"""What a file is by its first bytes, whatever its name says."""

from scoring.counts_files.problems import Problem, ProblemKind

ZIP = b"PK\x03\x04"
# The compound file of Office before 2007; a password puts a new workbook into one as well.
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
# First bytes → what they are, in English and in Chinese.
STRANGERS = (
    (b"%PDF", "a PDF document", " PDF 文档"),
    (b"\x89PNG", "a picture", "图片"),
    (b"\xff\xd8\xff", "a picture", "图片"),
    (b"GIF8", "a picture", "图片"),
    (b"BM", "a picture", "图片"),
    (b"PK\x05\x06", "an empty archive", "空的压缩包"),
    (b"Rar!", "an archive", "压缩包"),
    (b"7z\xbc\xaf", "an archive", "压缩包"),
    (b"\x1f\x8b", "an archive", "压缩包"),
    (b"{\\rtf", "a text document", "文字文档"),
    (b"<", "a web page or XML", "网页或 XML"),
)


def stranger(content: bytes) -> Problem | None:
    """Why this can be neither CSV nor a workbook of ours, or None."""
    if content.startswith(COMPOUND):
        if ENCRYPTED_STREAM in content:
            return Problem(ProblemKind.LOCKED)
        return Problem(ProblemKind.OLD_WORKBOOK, detail={"what": ".xls"})
    for signature, what, what_chinese in STRANGERS:
        # A header may begin with two capital letters as a bitmap does, but not with the zeros that follow there.
        if content.startswith(signature) and (signature != b"BM" or b"\0" in content[:32]):
            return not_a_table(what, what_chinese)
    return None


def not_a_table(what: str, what_chinese: str) -> Problem:
    return Problem(ProblemKind.NOT_A_TABLE, detail={"what": what, "what_chinese": what_chinese})
