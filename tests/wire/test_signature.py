from urllib.parse import quote, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from multidict import CIMultiDict
from plivo.utils import validate_v3_signature
from websockets.datastructures import Headers

from bridge.wire.signature import (
    MAIN_ACCOUNT_SIGNATURE,
    NONCE,
    SIGNATURE,
    Params,
    SignatureError,
    check_signature,
    sign,
    signed_headers,
)

TOKEN = "MAXXXXXXXXXXXXXXXXXX"
URL = "https://calls.example.com/status"
FORM = [("Event", "StartStream"), ("CallUUID", "c"), ("From", "+1")]

WORD = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
PARAMS = st.lists(st.tuples(NAME, WORD), max_size=5)
NONCES = st.text("0123456789abcdefABCDEF-", min_size=1, max_size=40)
ASCII = st.text(st.characters(max_codepoint=127), max_size=12)
QUERY = st.lists(st.tuples(ASCII, ASCII), max_size=5)  # the SDK raises for others
PATH = WORD.map(lambda word: "/" + quote(word, safe="/;"))


def by_name(params: Params) -> dict[str, str | list[str]]:
    """As a web framework gives them to Plivo's SDK."""
    values: dict[str, list[str]] = {}
    for name, value in params:
        values.setdefault(name, []).append(value)
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


@given(st.sampled_from(["GET", "POST"]), PATH, QUERY, PARAMS, NONCES, NAME)
@example("POST", "/status", [], [], "n", "t")
@example("POST", "/status", [], [("a", "b")], "n", "t")
@example("POST", "/status", [("q", "1")], [("a", "b"), ("a", "a")], "n", "t")
@example("POST", "/status", [("q", "1")], [], "n", "t")
@example("GET", "/status", [("b", "2"), ("a", "1"), ("a", "0")], [("c", "3"), ("a", "9")], "n", "t")
@example("GET", "/a;b/c;d", [("Name", "a b+&")], [("Name", "grüße")], "n", "t")
def test_plivos_sdk_takes_our_signature(
    method: str, path: str, query: Params, params: Params, nonce: str, token: str
) -> None:
    url = f"https://calls.example.com{path}" + (f"?{urlencode(query)}" if query else "")
    assert validate_v3_signature(method, url, nonce, token, sign(token, method, url, nonce, params), by_name(params))


@pytest.mark.parametrize("signed", ["https", "http", "wss", "ws"])
@pytest.mark.parametrize("public", ["https", "http", "wss", "ws"])
def test_a_request_passes_in_any_form_of_the_public_url(signed: str, public: str) -> None:
    rest = "://calls.example.com/stream?a=b"
    headers = signed_headers(TOKEN, "GET", signed + rest)
    check_signature(TOKEN, "GET", public + rest, [], headers)


def test_each_request_has_another_nonce() -> None:
    assert len({signed_headers(TOKEN, "GET", URL)[NONCE] for _ in range(20)}) == 20


@pytest.mark.parametrize("name", [SIGNATURE, MAIN_ACCOUNT_SIGNATURE])
def test_either_header_is_enough_and_may_hold_several_signatures(name: str) -> None:
    headers = signed_headers(TOKEN, "POST", URL, FORM)
    right = headers[name]
    for value in (right, f"wrong,{right}", f"{right} , wrong", f",,{right},"):
        check_signature(TOKEN, "POST", URL, FORM, {name: value, NONCE: headers[NONCE]})


def test_headers_of_the_web_libraries_are_found_in_any_case() -> None:
    headers = {name.lower(): value for name, value in signed_headers(TOKEN, "POST", URL, FORM).items()}
    check_signature(TOKEN, "POST", URL, FORM, CIMultiDict(headers))
    check_signature(TOKEN, "POST", URL, FORM, Headers(headers))


def test_the_order_of_the_form_does_not_matter() -> None:
    check_signature(TOKEN, "POST", URL, FORM[::-1], signed_headers(TOKEN, "POST", URL, FORM))


@pytest.mark.parametrize(
    ("token", "method", "url", "form"),
    [
        ("another", "POST", URL, FORM),
        (TOKEN, "GET", URL, FORM),
        (TOKEN, "POST", "https://elsewhere.example.com/status", FORM),
        (TOKEN, "POST", "https://calls.example.com/hangup", FORM),
        (TOKEN, "POST", URL + "?a=b", FORM),
        (TOKEN, "POST", URL, FORM[:2]),
        (TOKEN, "POST", URL, [*FORM[:2], ("From", "+2")]),
        (TOKEN, "POST", URL, [*FORM, ("To", "+2")]),
    ],
)
def test_anything_that_differs_is_a_wrong_signature(token: str, method: str, url: str, form: Params) -> None:
    headers = signed_headers(TOKEN, "POST", URL, FORM)
    with pytest.raises(SignatureError, match="The signature is wrong for https://"):
        check_signature(token, method, url, form, headers)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({SIGNATURE: "", MAIN_ACCOUNT_SIGNATURE: ""}, f"no {SIGNATURE} header"),
        ({SIGNATURE: " , ", MAIN_ACCOUNT_SIGNATURE: ","}, f"no {SIGNATURE} header"),
        ({NONCE: ""}, f"no {NONCE} header"),
        ({NONCE: "1"}, "The signature is wrong"),
        ({SIGNATURE: "ü\udcff", MAIN_ACCOUNT_SIGNATURE: ""}, "The signature is wrong"),
        ({NONCE: "ü\udcff"}, "The signature is wrong"),
    ],
)
def test_a_broken_header_is_refused_with_its_reason(changes: dict[str, str], sentence: str) -> None:
    headers = signed_headers(TOKEN, "POST", URL, FORM) | changes
    with pytest.raises(SignatureError, match=sentence):
        check_signature(TOKEN, "POST", URL, FORM, headers)


def test_no_headers_at_all_are_refused() -> None:
    with pytest.raises(SignatureError, match=f"no {SIGNATURE} header"):
        check_signature(TOKEN, "POST", URL, FORM, {})


def test_a_repeated_header_is_refused_rather_than_guessed() -> None:
    headers = Headers(signed_headers(TOKEN, "POST", URL, FORM))
    headers[NONCE] = "1"
    with pytest.raises(SignatureError, match=f"no {NONCE} header"):
        check_signature(TOKEN, "POST", URL, FORM, headers)


@given(st.text(), st.text(), st.lists(st.tuples(st.text(), st.text()), max_size=3), st.text(), st.text())
def test_nothing_makes_the_check_raise_another_error(
    method: str, url: str, form: Params, signature: str, nonce: str
) -> None:
    with pytest.raises(SignatureError):
        check_signature(TOKEN, method, f"https://a/{url}", form, {SIGNATURE: signature, NONCE: nonce})
