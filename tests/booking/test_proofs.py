"""Pictures handed in as proof: what is taken, what is refused and why, and what is left of a picture when it is kept."""

import io
import random
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable

import pytest
from PIL import Image

from booking.services.proofs import (
    LARGEST_BYTES,
    LONGEST_SIDE,
    ProofDamaged,
    ProofEmpty,
    ProofHasTooManyPixels,
    ProofHidesSomething,
    ProofMoves,
    ProofNotAPicture,
    ProofRefused,
    ProofTooLarge,
    drawn_anew,
)
from tests.booking.appealing import encoded, picture

RED, BLUE = (255, 0, 0), (0, 0, 255)
ORIENTATION, GPS, COMMENT = 0x0112, 0x8825, b"taken at the patient's home"


def read(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def halves(size: tuple[int, int] = (40, 20), mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    return image.convert(mode)


def colour_at(image: Image.Image, x: int, y: int) -> str:
    red, _, blue = image.convert("RGB").getpixel((x, y))
    return "red" if red > 200 > 60 > blue else "blue" if blue > 200 > 60 > red else f"{red}, {blue}"


def with_header_of(width: int, height: int) -> bytes:
    """A small PNG that says of itself that it is huge: a bomb as it comes."""
    content = picture("PNG")
    header = struct.pack(">II", width, height) + content[24:29]
    return content[:16] + header + struct.pack(">I", zlib.crc32(b"IHDR" + header)) + content[33:]


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as opened:
        opened.writestr("run.sh", "echo")
    return file.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
NOISE = Image.effect_noise((300, 200), 60).convert("RGB")
# Made by the test that sends it: one of them takes a second.
BAD: dict[str, tuple[Callable[[], bytes], type[ProofRefused]]] = {
    "empty": (lambda: b"", ProofEmpty),
    "6 MB": (lambda: picture() + b"\x00" * 6 * 1024**2, ProofTooLarge),
    "text": (lambda: "诊断证明".encode(), ProofNotAPicture),
    "gif": (lambda: picture("GIF"), ProofNotAPicture),
    "bmp": (lambda: picture("BMP"), ProofNotAPicture),
    "tiff": (lambda: picture("TIFF"), ProofNotAPicture),
    "svg with a script": (lambda: SVG, ProofNotAPicture),
    "html": (lambda: b"<html><script>alert(1)</script></html>", ProofNotAPicture),
    "pdf": (lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", ProofNotAPicture),
    "zip": (lambda: archive(), ProofNotAPicture),
    "only a signature": (lambda: b"\xff\xd8\xff\xe0", ProofNotAPicture),
    "a bomb of 400 megapixels": (lambda: encoded(Image.new("1", (20_000, 20_000)), "PNG"), ProofHasTooManyPixels),
    "a bomb by its header": (lambda: with_header_of(60_000, 60_000), ProofHasTooManyPixels),
    "just too many pixels": (lambda: with_header_of(5_000, 5_001), ProofHasTooManyPixels),
    "between Pillow's warning and its error": (lambda: with_header_of(10_000, 10_000), ProofHasTooManyPixels),
    "moving png": (lambda: picture("PNG", save_all=True, append_images=[Image.new("RGB", (64, 48), "red")]), ProofMoves),
    "moving webp": (lambda: picture("WEBP", save_all=True, append_images=[Image.new("RGB", (64, 48), "red")]), ProofMoves),
    "half a jpeg": (lambda: encoded(NOISE, "JPEG")[:9_000], ProofDamaged),
    "half a png": (lambda: encoded(NOISE, "PNG")[:9_000], ProofDamaged),
    "half a webp": (lambda: encoded(NOISE, "WEBP")[:5_000], ProofDamaged),
    "png with a zip behind it": (lambda: picture("PNG") + archive(), ProofHidesSomething),
    "png with a script behind it": (lambda: picture("PNG") + SVG, ProofHidesSomething),
    "webp with a zip behind it": (lambda: picture("WEBP") + archive(), ProofHidesSomething),
    "jpeg with a zip behind it": (lambda: picture("JPEG") + archive(), ProofHidesSomething),
    "jpeg with a zip in its comment": (lambda: picture("JPEG", comment=archive()), ProofHidesSomething),
}


@pytest.mark.parametrize(("make", "refusal"), BAD.values(), ids=BAD)
def test_refused(make: Callable[[], bytes], refusal: type[ProofRefused]) -> None:
    content = make()
    with pytest.raises(ProofRefused) as caught:
        drawn_anew(content, place=3)
    assert type(caught.value) is refusal
    assert caught.value.detail["place"] == 3


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("JPEG", mode) for mode in ("RGB", "L", "CMYK")]
    + [("PNG", mode) for mode in ("RGB", "L", "P", "RGBA", "LA", "1")]
    + [("WEBP", mode) for mode in ("RGB", "RGBA")],
)
def test_taken_and_kept_as_jpeg(kind: str, mode: str) -> None:
    drawn = drawn_anew(encoded(halves(mode=mode), kind), place=1)
    kept = read(drawn.content)
    assert (kept.format, kept.mode, kept.size, drawn.content_type) == ("JPEG", "RGB", (40, 20), "image/jpeg")
    assert (drawn.width, drawn.height) == (40, 20)
    if mode in {"RGB", "P", "RGBA", "CMYK"}:
        assert (colour_at(kept, 5, 10), colour_at(kept, 35, 10)) == ("red", "blue")


def test_nothing_is_kept_but_the_picture() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 1
    exif.get_ifd(GPS)[1] = "N"
    came = encoded(halves(), "JPEG", exif=exif, comment=COMMENT, icc_profile=b"profile") + b"a film of a moving photo"
    assert (GPS in read(came).getexif(), read(came).info["comment"]) == (True, COMMENT)
    kept = drawn_anew(came, place=1).content
    assert set(read(kept).info) == {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert dict(read(kept).getexif()) == {}
    assert kept.endswith(b"\xff\xd9")
    for secret in (COMMENT, b"profile", b"moving photo", b"Exif"):
        assert secret not in kept


def test_what_shines_through_is_white() -> None:
    glass = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    assert read(drawn_anew(encoded(glass, "PNG"), place=1).content).getpixel((10, 10)) == (255, 255, 255)
    indexed = picture("PNG", size=(20, 20), colour="black")
    palette = encoded(read(indexed).convert("P"), "PNG", transparency=0)
    assert read(drawn_anew(palette, place=1).content).getpixel((10, 10)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("orientation", "size", "first", "last"),
    [
        (1, (40, 20), "red", "blue"),
        (3, (40, 20), "blue", "red"),
        (6, (20, 40), "red", "blue"),
        (8, (20, 40), "blue", "red"),
    ],
)
def test_it_stands_upright(orientation: int, size: tuple[int, int], first: str, last: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    drawn = drawn_anew(encoded(halves(), "JPEG", exif=exif), place=1)
    kept = read(drawn.content)
    assert (kept.size, (drawn.width, drawn.height)) == (size, size)
    assert (colour_at(kept, 3, 3), colour_at(kept, size[0] - 4, size[1] - 4)) == (first, last)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_it_is_scaled_down_never_up(kind: str) -> None:
    large = drawn_anew(encoded(halves((4200, 2100)), kind), place=1)
    assert (large.width, large.height) == (LONGEST_SIDE, LONGEST_SIDE // 2)
    assert colour_at(read(large.content), 1900, 900) == "blue"
    assert drawn_anew(encoded(halves((2000, 10)), kind), place=1).width == 2000


def test_of_a_phones_two_pictures_the_first_is_kept() -> None:
    came = encoded(halves(), "MPO", save_all=True, append_images=[Image.new("RGB", (40, 20), "lime")])
    assert read(came).format == "MPO"
    assert colour_at(read(drawn_anew(came, place=1).content), 5, 10) == "red"


def test_a_scan_in_sixteen_bits_keeps_its_greys() -> None:
    scan = Image.new("I;16", (20, 20), 0x8000)
    grey = read(drawn_anew(encoded(scan, "PNG"), place=1).content).getpixel((10, 10))
    assert grey == (128, 128, 128)


def test_the_largest_that_is_taken() -> None:
    padded = picture("JPEG")
    assert drawn_anew(padded + b"\x00" * (LARGEST_BYTES - len(padded)), place=1).width == 64
    with pytest.raises(ProofTooLarge):
        drawn_anew(padded + b"\x00" * (LARGEST_BYTES - len(padded) + 1), place=1)


def test_the_same_picture_is_known_by_what_is_kept() -> None:
    one, again = (drawn_anew(picture("PNG", compress_level=level), place=1) for level in (0, 9))
    other = drawn_anew(picture("PNG", colour="red"), place=1)
    assert one.sha256 == again.sha256 != other.sha256
    assert len(one.sha256) == 64


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_whatever_is_broken_is_refused_and_nothing_else_happens() -> None:
    """Bytes changed at random and ends cut off, with a fixed seed: a picture or a refusal, never another error."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    whole = [
        encoded(NOISE, "JPEG", exif=exif),
        encoded(NOISE, "JPEG", progressive=True),
        encoded(halves(), "MPO", save_all=True, append_images=[halves()]),
        encoded(NOISE, "PNG"),
        encoded(halves(mode="P"), "PNG", transparency=0),
        encoded(NOISE, "WEBP"),
    ]
    draw, seen = random.Random(20260312), Counter[str]()
    for content in whole:
        for _ in range(60):
            broken = bytearray(content)
            reach = min(len(broken), draw.choice([64, 400, len(broken)]))
            for _ in range(draw.randint(1, 30)):
                broken[draw.randrange(reach)] = draw.randrange(256)
            if draw.random() < 0.3:
                del broken[draw.randrange(1, len(broken)) :]
            try:
                seen[drawn_anew(bytes(broken), place=1).content_type] += 1
            except ProofRefused as refusal:
                seen[type(refusal).__name__] += 1
    assert seen.keys() >= {"image/jpeg", "ProofDamaged", "ProofNotAPicture"}
    assert seen.total() == 360
