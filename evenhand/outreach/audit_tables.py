"""What must be true of the contacts of a period whatever the packs say, each as one statement of SQL.

Each gives `id, at, customer_id, detail` of what is wrong. `%(from)s` to `%(to)s` (exclusive) bound the period.
"""

_PERIOD = "e.at >= %(from)s AND e.at < %(to)s"
_JUDGED = "e.origin IN ('ASKED', 'QUEUED')"
# An event stood when a person was locked if it was written before and was not given back by then.
_THERE = """t.customer_id = e.customer_id AND t.id <> e.id AND t.recorded_at < e.at AND t.state <> 'REFUSED'
 AND (t.at >= (e.facts->>'since')::timestamptz
      OR t.at >= (e.facts->>'heard_since')::timestamptz
       AND (t.direction = 'IN' OR t.learnt IS NOT NULL AND coalesce(t.closed_at, t.recorded_at) < e.at))
 AND (t.state NOT IN ('RELEASED', 'LAPSED') OR t.closed_at > e.at)"""

# What became of a contact may be written again by the app's role; the line of the journal about it may not.
_LAST_LINE = """LEFT JOIN LATERAL (SELECT l.detail FROM journal_line l
 WHERE l.stream_kind = 'PERSON' AND l.stream_id = e.customer_id::text AND l.why = e.id::text AND l.kind = {kind}
 ORDER BY l.number DESC LIMIT 1) told ON true"""
_TOLD = _LAST_LINE.format(
    kind="CASE e.origin WHEN 'REPORTED_LATE' THEN 'CONTACT_REPORTED_LATE' WHEN 'INBOUND' THEN 'CONTACT_RECEIVED'"
    " ELSE 'CONTACT_RESULT' END"
)
_GIVEN_BACK = _LAST_LINE.format(
    kind="CASE e.state WHEN 'RELEASED' THEN 'PERMIT_RELEASED' ELSE 'PERMIT_LAPSED' END"
)

STATEMENTS: dict[str, str] = {
    "SENT_WITHOUT_PERMIT": f"""
SELECT e.id, e.at, e.customer_id, json_build_object('state', e.state, 'decision', e.decision)
  FROM contact_event e
 WHERE {_PERIOD} AND {_JUDGED} AND e.state IN ('SENT', 'ENDED') AND e.decision <> 'ALLOW'""",
    "SENT_AFTER_ITS_PERMIT": f"""
SELECT e.id, e.at, e.customer_id, json_build_object('reserved_until', e.reserved_until, 'sent_at', e.sent_at)
  FROM contact_event e
 WHERE {_PERIOD} AND e.sent_at >= e.reserved_until AND NOT (e.contradiction AND e.state_reason = 'contact.late')""",
    "GIVEN_BACK_UNTOLD": f"""
SELECT e.id, e.at, e.customer_id, json_build_object('state', e.state, 'state_reason', e.state_reason)
  FROM contact_event e {_GIVEN_BACK}
 WHERE {_PERIOD} AND e.state IN ('RELEASED', 'LAPSED') AND told.detail IS NULL""",
    "RESULT_NOT_AS_TOLD": f"""
SELECT e.id, e.at, e.customer_id, json_build_object('outcome', e.outcome, 'talk_seconds', e.talk_seconds,
         'verified', e.verified, 'told', told.detail)
  FROM contact_event e {_TOLD}
 WHERE {_PERIOD} AND e.state IN ('ENDED', 'REPORTED') AND (told.detail IS NULL
    OR told.detail->>'outcome' IS DISTINCT FROM coalesce(nullif(e.outcome, ''), 'UNKNOWN')
    OR told.detail->>'talk_seconds' IS DISTINCT FROM e.talk_seconds::text
    OR told.detail->>'verified' IS DISTINCT FROM e.verified::text)""",
    "SENT_AT_NO_SUCH_TIME": f"""
SELECT e.id, e.at, e.customer_id, json_build_object('sent_at', e.sent_at, 'closed_at', e.closed_at)
  FROM contact_event e
 WHERE {_PERIOD} AND (e.sent_at < e.at OR e.sent_at > e.closed_at)""",
    "MADE_WITHOUT_PERMIT": f"""
SELECT e.id, e.at, e.customer_id, json_build_object('collector', e.collector, 'decision', e.decision)
  FROM contact_event e
 WHERE {_PERIOD} AND e.origin = 'REPORTED_LATE' AND e.direction = 'OUT'""",
    "JUDGED_BY_OTHER_PACKS": f"""
SELECT e.id, e.at, e.customer_id, json_build_object('packs', to_json(e.packs))
  FROM contact_event e
 WHERE {_PERIOD} AND {_JUDGED} AND e.decision = 'ALLOW' AND NOT e.packs <@ %(labels)s::text[]""",
    "ALTERED_SINCE": f"""
SELECT e.id, e.at, e.customer_id, json_build_object('row_hash', encode(e.row_hash, 'hex'))
  FROM contact_event e WHERE {_PERIOD} AND e.row_hash <> contact_event_hash(e)""",
    "KEY_OF_NOTHING": """
SELECT r.event_id, r.event_at, r.customer_id, json_build_object('key', r.key)
  FROM contact_request r
 WHERE r.event_at >= %(from)s AND r.event_at < %(to)s
   AND NOT EXISTS (SELECT FROM contact_event e WHERE e.id = r.event_id AND e.at = r.event_at
                      AND e.customer_id = r.customer_id AND e.request_key = r.key)""",
    "KEY_MISSING": f"""
SELECT e.id, e.at, e.customer_id, json_build_object('key', e.request_key)
  FROM contact_event e
 WHERE {_PERIOD} AND {_JUDGED} AND e.request_key <> ''
   AND NOT EXISTS (SELECT FROM contact_request r WHERE r.key = e.request_key AND r.customer_id = e.customer_id)""",
    "QUEUED_FROM_AN_OLD_COUNT": f"""
SELECT e.id, e.at, e.customer_id, json_build_object('queued_at_count', q.facts_seq, 'count', e.facts_seq)
  FROM contact_event e JOIN contact_queue q ON q.event_id = e.id AND q.event_at = e.at
 WHERE {_PERIOD} AND q.facts_seq <> e.facts_seq""",
    "COUNT_OF_THE_FUTURE": f"""
SELECT e.id, e.at, e.customer_id, json_build_object('count', e.facts_seq, 'is', p.facts_seq)
  FROM contact_event e JOIN portfolio_person p ON p.id = e.customer_id
 WHERE {_PERIOD} AND e.facts_seq > p.facts_seq""",
    "FACTS_LACK_EVENTS": f"""
SELECT e.id, e.at, e.customer_id, json_build_object('in_tables', there.n, 'in_facts', stored.n)
  FROM contact_event e
 CROSS JOIN LATERAL (SELECT count(*) AS n, coalesce(array_agg(DISTINCT t.act || ' ' || t.direction || ' ' || t.role
         || ' ' || t.collector || ' ' || t.point), '{{}}') AS kinds FROM contact_event t WHERE {_THERE}) there
 CROSS JOIN LATERAL (SELECT count(*) AS n, coalesce(array_agg(DISTINCT (f->>1) || ' ' || (f->>2) || ' ' || (f->>4)
         || ' ' || (f->>6) || ' ' || (f->>10)), '{{}}') AS kinds
       FROM json_array_elements(e.facts->'events') f) stored
 WHERE {_PERIOD} AND {_JUDGED} AND (there.n <> stored.n OR there.kinds <> stored.kinds)""",
    "FACTS_LACK_HOLDS": f"""
SELECT e.id, e.at, e.customer_id, json_build_object('in_tables', there.kinds, 'in_facts', stored.kinds)
  FROM contact_event e
 CROSS JOIN LATERAL (SELECT coalesce(array_agg(h.reason::text ORDER BY h.reason::text), '{{}}') AS kinds
       FROM casework_hold h
      WHERE h.customer_id = e.customer_id AND h.known_seq <= e.facts_seq
        AND (h.lifted_seq IS NULL OR h.lifted_seq > e.facts_seq)
        AND h.from_on <= (e.at AT TIME ZONE %(zone)s)::date
        AND (h.until_on IS NULL OR (e.at AT TIME ZONE %(zone)s)::date < h.until_on)) there
 CROSS JOIN LATERAL (SELECT coalesce(array_agg(f->>0 ORDER BY f->>0), '{{}}') AS kinds
       FROM json_array_elements(e.facts->'holds') f
      WHERE (f->>1)::timestamptz <= e.at AND (f->>2 IS NULL OR (f->>2)::timestamptz > e.at)) stored
 WHERE {_PERIOD} AND {_JUDGED} AND there.kinds <> stored.kinds""",
    "FACTS_LACK_STANDING": f"""
SELECT e.id, e.at, e.customer_id, json_build_object('in_tables', there.kinds, 'in_facts', stored.kinds)
  FROM contact_event e
 CROSS JOIN LATERAL (SELECT coalesce(array_agg(s.kind || s.detail::text ORDER BY s.kind || s.detail::text), '{{}}')
         AS kinds
       FROM portfolio_standingfact s
      WHERE s.customer_id = e.customer_id AND s.known_seq <= e.facts_seq
        AND (s.ended_seq IS NULL OR s.ended_seq > e.facts_seq)
        AND s.from_at <= e.at AND (s.until_at IS NULL OR e.at < s.until_at)) there
 CROSS JOIN LATERAL (SELECT coalesce(array_agg((f->>0) || (f->4)::jsonb::text
         ORDER BY (f->>0) || (f->4)::jsonb::text), '{{}}') AS kinds
       FROM json_array_elements(e.facts->'standing') f
      WHERE (f->>1)::timestamptz <= e.at AND (f->>2 IS NULL OR (f->>2)::timestamptz > e.at)) stored
 WHERE {_PERIOD} AND {_JUDGED} AND there.kinds <> stored.kinds""",
}

PERMITTED = f"""
SELECT e.id, e.at, e.customer_id, json_build_object('act', e.act, 'role', e.role, 'collector', e.collector)
  FROM contact_event e
 WHERE {_PERIOD} AND {_JUDGED} AND e.decision = 'ALLOW'
   AND (e.at AT TIME ZONE %(zone)s)::date >= %(valid_from)s::date
   AND (%(valid_to)s::date IS NULL OR (e.at AT TIME ZONE %(zone)s)::date < %(valid_to)s::date) AND """

LAWS = """
SELECT DISTINCT from_at FROM rulebook_packactivation
 WHERE state = 'APPROVED' AND from_at > %(from)s AND from_at < %(to)s ORDER BY from_at
"""
EVENTS = """
SELECT e.id, e.at, e.customer_id, e.decision, e.verdict, e.facts FROM contact_event e
 WHERE e.at >= %(from)s AND e.at < %(to)s AND e.origin IN ('ASKED', 'QUEUED')
"""
