"""Made-up bank statements for tests."""

CAMT_053 = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def entry(reference: str, amount: str = "100.00", **given: str) -> str:
    """An entry of a camt document: money that came in on 2026-09-28, for an account `ref` where one is given."""
    said = {
        "sign": "CRDT", "status": "BOOK", "ref": "", "currency": "CNY", "extra": "", "by": "甲乙", "text": "还款",
    } | given  # fmt: skip
    named = f"<Strd><CdtrRefInf><Ref>{said['ref']}</Ref></CdtrRefInf></Strd>" if said["ref"] else ""
    return f"""
<Ntry><Amt Ccy="{said["currency"]}">{amount}</Amt><CdtDbtInd>{said["sign"]}</CdtDbtInd>{said["extra"]}
<Sts><Cd>{said["status"]}</Cd></Sts><BookgDt><Dt>2026-09-28</Dt></BookgDt><ValDt><Dt>2026-09-28</Dt></ValDt>
<AcctSvcrRef>{reference}</AcctSvcrRef><NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>{said["by"]}</Nm></Pty></Dbtr></RltdPties>
<RmtInf>{named}<Ustrd>{said["text"]}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""


def camt(*entries: str, space: str = CAMT_053) -> bytes:
    """A camt.053 document with these entries."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{space}"><BkToCstmrStmt><Stmt>'
        f"<Acct><Id><Othr><Id>9000</Id></Othr></Id></Acct>{''.join(entries)}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()
