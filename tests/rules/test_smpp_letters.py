"""Text messages on the air by SMPP: as many parts as were counted, and receipts read however a centre writes them."""

import pytest
import smpp34
from hypothesis import given
from hypothesis import strategies as st

from evenhand.adapters.smpp_sms.heard import Receipt, Written, read
from evenhand.adapters.smpp_sms.letters import GSM, MORE, Header, octets_of, text_of, without_header
from evenhand.outreach.messages.segments import parts_of, split

IN_GSM = st.text(st.sampled_from(GSM.replace("\x1b", "") + "".join(MORE)), max_size=500)
ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=250)


@given(IN_GSM | ANY)
def test_a_text_leaves_in_as_many_parts_as_were_counted_and_is_read_as_it_was_written(text):
    found = octets_of(text, reference=200)
    assert len(found) == len(split(text)) == parts_of(text).parts
    assert "".join(split(text)) == text
    assert all(len(one.data) <= (140 if one.coding else 160) for one in found)
    read_back, heads = "", []
    for one in found:
        head, rest = without_header(one.data) if one.has_header else (None, one.data)
        heads.append(head)
        read_back += text_of(rest, one.coding)
    assert read_back == text
    if len(found) > 1:
        assert heads == [Header(200, len(found), n) for n in range(1, len(found) + 1)]


def test_no_sign_of_two_places_is_cut_in_two():
    assert [len(one) for one in split("a" * 152 + "€" * 10)] == [152, 10]
    assert split("😀" * 40)[0] == "😀" * 33


SAID = "id:{id} sub:001 dlvrd:001 submit date:2609281000 done date:2609281001 stat:{stat} err:{err} text:id:9"


def came(text="", *, esm_class=4, coding=0, tags=(), data=None):
    found = smpp34.DeliverSm(
        "13800000000", "95500", text.encode() if data is None else data, esm_class=esm_class,
        data_coding=coding, tlvs=[smpp34.Tlv(*one) for one in tags], sequence_number=1,
    )  # fmt: skip
    return read(smpp34.decode(found.encode()))


@pytest.mark.parametrize(
    ("stat", "state"),
    [
        ("DELIVRD", "DELIVERED"), ("UNDELIV", "FAILED"), ("REJECTD", "FAILED"), ("DELETED", "FAILED"),
        ("EXPIRED", "EXPIRED"), ("UNKNOWN", "UNKNOWN"), ("ACCEPTD", ""), ("ENROUTE", ""), ("delivrd", "DELIVERED"),
    ],
)  # fmt: skip
def test_a_receipt_is_read_by_its_text(stat, state):
    found = came(SAID.format(id="00A1", stat=stat, err="012"))
    assert found == Receipt("00A1", "13800000000", state, f"{stat.upper()} 012")


def test_a_receipt_is_read_by_its_fields_where_it_has_no_text():
    tags = [(0x001E, b"a1b2\0"), (0x0427, bytes([2]))]
    assert came("", tags=tags) == Receipt("a1b2", "13800000000", "DELIVERED", "DELIVRD")
    assert came("", tags=[(0x0427, bytes([2]))]) is None, "it names no part"


def test_a_long_reply_may_be_joined_by_fields_or_lie_in_the_payload():
    tags = [(0x020C, b"\0\7"), (0x020E, b"\2"), (0x020F, b"\1")]
    assert came("one", esm_class=0, tags=tags) == Written("13800000000", "one", Header(7, 2, 1))
    payload = [(0x0424, ("长" * 100).encode("utf-16-be"))]
    assert came("", esm_class=0, coding=8, tags=payload) == Written("13800000000", "长" * 100, None)


@pytest.mark.parametrize(
    "data", [b"\x05\x00\x03\x01\x02", b"\xff", b"\x05\x00\x03\x01\x00\x01ab", b"\x01\x00"]
)
def test_a_header_that_is_broken_joins_nothing_and_breaks_nothing(data):
    found = came(esm_class=0x40, data=data)
    assert found is None or found.joined is None
