"""How a proof is shown, to the account that handed it in as to staff."""

from django.http import HttpResponse

from booking.models import AppealProof
from booking.services.proofs import proof_content

# Nobody keeps a copy, nobody takes it for anything but a picture, and nothing in it would be run.
HEADERS = {
    "Cache-Control": "no-store, private",
    "Content-Disposition": "inline",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


def picture_response(proof: AppealProof) -> HttpResponse:
    return HttpResponse(proof_content(proof), content_type=proof.content_type, headers=HEADERS)
