"""Time stamps of an authority over a head (RFC 3161).

Rules:
1. What is stamped is the text of the head, so that cosignatures that come later change nothing.
2. A stamp counts when it was given by who has a certificate for that under the trusted root.
3. The library that reads stamps is an extra; without it a stamp is told as not checked.
"""

from datetime import UTC, datetime

from sottovoce.ledger.head import Head
from sottovoce.ledger.note import to_base64
from sottovoce.ledger.quorum import Authority
from sottovoce.values.errors import Tampered, Unavailable, Unfit

MAX_STAMP = 1 << 16


def query(head: Head) -> bytes:
    """Return the query for a stamp over a head; a nonce makes each another."""
    _expect_library()
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    asked = TimestampRequestBuilder().data(_text(head)).hash_algorithm(HashAlgorithm.SHA256)
    return bytes(asked.nonce(nonce=True).cert_request(cert_request=True).build().as_bytes())


def stamped_at(stamp: bytes, head: Head, authority: Authority) -> datetime:
    """Return when an authority stamped a head.

    Raises Tampered for what is no stamp of it over this head, Unavailable without the library,
    Unfit where the root is no certificate.
    """
    _expect_library()
    from cryptography.x509 import load_pem_x509_certificate
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    try:
        root = load_pem_x509_certificate(authority.root.encode())
        # The library panics, which is no Exception, on names that are no text.
        _ = root.subject, root.issuer
    except ValueError:
        raise Unfit("the root of the time-stamping authority is no certificate") from None
    if len(stamp) > MAX_STAMP:
        raise Tampered(f"the time stamp has more than {MAX_STAMP} bytes")
    try:
        answer = decode_timestamp_response(stamp)
        VerifierBuilder().add_root_certificate(root).build().verify_message(answer, _text(head))
        at = answer.tst_info.gen_time
    except (VerificationError, ValueError):
        raise Tampered("the time stamp is not the authority's, or is over another head") from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _expect_library() -> None:
    try:
        import rfc3161_client  # noqa: F401 - whether it is there
    except ImportError:
        raise Unavailable(
            "reading time stamps needs the extra timestamps",
            hint="pip install 'sottovoce[timestamps]'",
        ) from None


def _text(head: Head) -> bytes:
    return f"{head.origin}\n{head.size}\n{to_base64(head.root)}\n".encode()
