"""pre: a standing fact is kept as it was written, and writing one raises the person's counter or is refused."""

from django.db import migrations

KEEP = """
CREATE FUNCTION portfolio_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'rows of % are kept for ever', TG_TABLE_NAME USING ERRCODE = 'check_violation';
  END IF;
  RAISE EXCEPTION 'a row of % may be ended once and is otherwise kept as it is', TG_TABLE_NAME
    USING ERRCODE = 'check_violation';
END $$;

CREATE FUNCTION portfolio_facts_raised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM portfolio_person
                  WHERE id = NEW.customer_id AND facts_tx = pg_current_xact_id()::text::bigint) THEN
    RAISE EXCEPTION 'a row of % changed and facts_seq of person % was not raised by the same transaction',
      TG_TABLE_NAME, NEW.customer_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER standing_fact_is_kept_but_for_its_end BEFORE UPDATE ON portfolio_standingfact FOR EACH ROW
  WHEN (OLD.ended_at IS NOT NULL AND OLD IS DISTINCT FROM NEW
        OR (OLD.id, OLD.customer_id, OLD.kind, OLD.detail, OLD.debts, OLD.from_at, OLD.until_at, OLD.review_on,
            OLD.source, OLD.evidence, OLD.recorded_by_id, OLD.recorded_at)
           IS DISTINCT FROM
           (NEW.id, NEW.customer_id, NEW.kind, NEW.detail, NEW.debts, NEW.from_at, NEW.until_at, NEW.review_on,
            NEW.source, NEW.evidence, NEW.recorded_by_id, NEW.recorded_at))
  EXECUTE FUNCTION portfolio_keep();
CREATE TRIGGER standing_fact_is_never_deleted BEFORE DELETE ON portfolio_standingfact FOR EACH ROW
  EXECUTE FUNCTION portfolio_keep();
CREATE CONSTRAINT TRIGGER standing_fact_raises_facts_seq AFTER INSERT OR UPDATE ON portfolio_standingfact
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION portfolio_facts_raised();
"""

LET_GO = """
DROP TRIGGER standing_fact_raises_facts_seq ON portfolio_standingfact;
DROP TRIGGER standing_fact_is_never_deleted ON portfolio_standingfact;
DROP TRIGGER standing_fact_is_kept_but_for_its_end ON portfolio_standingfact;
DROP FUNCTION portfolio_facts_raised();
DROP FUNCTION portfolio_keep();
"""


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0002_standing_fact")]

    operations = [migrations.RunSQL(KEEP, LET_GO)]
