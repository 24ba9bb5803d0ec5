"""Pictures that patients hand in as proof: judged by their content, drawn anew, encrypted.

What is kept is never the file that came in. Its pixels are drawn onto a new white sheet and written as JPEG, so that places
(GPS), times, thumbnails, comments and whatever was hidden behind the picture are gone.
"""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from PIL import Image, ImageOps

from accounts.encryption import decrypted_bytes, encrypted_bytes
from accounts.errors import Refusal
from booking.models import Appeal, AppealProof

MOST_PROOFS = 5
LARGEST_BYTES = 5 * 1024 * 1024
# A 24-megapixel camera fits; decoded, this many pixels take 100 MB at most.
MOST_PIXELS = 25_000_000
# Enough to read a hospital's certificate that fills the picture.
LONGEST_SIDE = 2000
JPEG_QUALITY = 88
CONTENT_TYPE = "image/jpeg"
# Nothing but these decoders ever sees what came in. Pillow's JPEG takes MPO as well, a phone's JPEG with a second picture
# behind it (a depth map, say): the first one is what the camera showed.
READABLE = ("JPEG", "PNG", "WEBP")
# What Pillow raises for broken pictures, of its own and from the modules it reads with.
BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error)


class TooManyProofs(Refusal):
    """An appeal has more pictures than it may."""


class ProofRefused(Refusal):
    """A picture cannot be taken; `place` says which, counted from 1."""


class ProofEmpty(ProofRefused):
    """The file is empty."""


class ProofTooLarge(ProofRefused):
    """The file has too many bytes."""


class ProofNotAPicture(ProofRefused):
    """By its content it is no JPEG, PNG or WebP, whatever it is called."""


class ProofHasTooManyPixels(ProofRefused):
    """Decoded, the picture would take too much memory."""


class ProofMoves(ProofRefused):
    """An animation: a proof is one picture."""


class ProofHidesSomething(ProofRefused):
    """There is something behind or inside the picture, such as an archive."""


class ProofDamaged(ProofRefused):
    """The picture breaks off or contradicts itself."""


class ProofRepeated(ProofRefused):
    """The same picture is there already."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept: JPEG, upright, LONGEST_SIDE pixels at most."""

    place: int
    content: bytes
    width: int
    height: int
    content_type: ClassVar[str] = CONTENT_TYPE

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def ensure_not_too_many(count: int) -> None:
    if count > MOST_PROOFS:
        raise TooManyProofs(limit=MOST_PROOFS)


def drawn_anew(content: bytes, *, place: int) -> Picture:
    """The picture in `content`, drawn anew; `place` is named in a refusal. Raises a ProofRefused."""
    if not content:
        raise ProofEmpty(place=place)
    if len(content) > LARGEST_BYTES:
        raise ProofTooLarge(place=place, limit=LARGEST_BYTES // 1024**2)
    try:
        with _opened(content, place) as opened:
            _refuse_more_than_a_picture(opened, content, place)
            drawn = _drawn(opened)
    except BROKEN as error:
        raise ProofDamaged(place=place) from error
    written = io.BytesIO()
    drawn.save(written, "JPEG", quality=JPEG_QUALITY)
    return Picture(place, written.getvalue(), *drawn.size)


def _opened(content: bytes, place: int) -> Image.Image:
    """The picture with its header read and nothing decoded yet."""
    try:
        opened = Image.open(io.BytesIO(content), formats=READABLE)
    except Image.UnidentifiedImageError as error:
        raise ProofNotAPicture(place=place) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        # The warning is an error only where warnings are; what it warns of is refused below as well.
        raise ProofHasTooManyPixels(place=place, limit=_in_ten_thousands(MOST_PIXELS)) from error
    if opened.width * opened.height > MOST_PIXELS:
        raise ProofHasTooManyPixels(place=place, limit=_in_ten_thousands(MOST_PIXELS))
    return opened


def _in_ten_thousands(count: int) -> str:
    return f"{count // 10_000} 万"


def _refuse_more_than_a_picture(opened: Image.Image, content: bytes, place: int) -> None:
    if opened.format in ("PNG", "WEBP"):
        if getattr(opened, "is_animated", False):
            raise ProofMoves(place=place)
        # Honest software writes nothing behind these. Behind a JPEG phones keep a second picture or a film: that is left out.
        end = _end_of_png(content) if opened.format == "PNG" else _end_of_webp(content)
        if end < len(content):
            raise ProofHidesSomething(place=place)
    if _is_archive(content):
        raise ProofHidesSomething(place=place)


def _end_of_png(content: bytes) -> int:
    """Where the chunk IEND ends. Raises struct.error where there is none."""
    place = 8
    while True:
        length, kind = struct.unpack_from(">I4s", content, place)
        place += 12 + length
        if kind == b"IEND":
            return place


def _end_of_webp(content: bytes) -> int:
    (length,) = struct.unpack_from("<I", content, 4)
    # Chunks are padded to an even length.
    return 8 + int(length) + length % 2


def _is_archive(content: bytes) -> bool:
    """Whether it opens as a ZIP (JAR, DOCX, APK …), whose directory stands at the end of a file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return bool(archive.infolist())
    except (zipfile.BadZipFile, *BROKEN):
        return False


def _drawn(opened: Image.Image) -> Image.Image:
    """A new sheet with the picture on it: upright, small enough, without anything else that the file said."""
    # JPEG is decoded at a fraction of its size where that suffices.
    opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    opened.load()
    picture = _in_colour(opened)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    picture = ImageOps.exif_transpose(picture)
    sheet = Image.new("RGB", picture.size, "white")
    sheet.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    return sheet


def _in_colour(picture: Image.Image) -> Image.Image:
    """As RGB, or RGBA where something shines through."""
    if picture.mode in ("I", "I;16", "I;16B", "I;16L"):
        # A scan in 16 bits of grey is scaled down: Pillow alone would cut it off to white.
        picture = picture.convert("I").point(lambda grey: grey / 256).convert("L")
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    # A copy in the same mode would cost the memory twice.
    return picture if picture.mode == mode else picture.convert(mode)


def refuse_repeated(pictures: Sequence[Picture], known: Sequence[str] = ()) -> None:
    """Raise ProofRepeated for the first picture that is there twice; `known` are digests of those that were there before."""
    seen = set(known)
    for picture in pictures:
        if picture.sha256 in seen:
            raise ProofRepeated(place=picture.place)
        seen.add(picture.sha256)


def store_proofs(*, appeal: Appeal, pictures: Sequence[Picture], now: datetime) -> list[AppealProof]:
    """Keep the pictures with a locked appeal. Raises TooManyProofs, ProofRepeated."""
    known = list(AppealProof.objects.filter(appeal=appeal).values_list("sha256", flat=True))
    ensure_not_too_many(len(known) + len(pictures))
    refuse_repeated(pictures, known)
    return AppealProof.objects.bulk_create(
        AppealProof(
            appeal=appeal,
            content_type=picture.content_type,
            width=picture.width,
            height=picture.height,
            sha256=picture.sha256,
            encrypted=encrypted_bytes(picture.content),
            uploaded_at=now,
        )
        for picture in pictures
    )


def proof_content(proof: AppealProof) -> bytes:
    """The picture as it is shown."""
    return decrypted_bytes(bytes(proof.encrypted))
