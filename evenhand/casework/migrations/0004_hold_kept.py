"""pre: a hold is kept as it was placed, and placing or lifting one raises the person's counter or is refused."""

from django.db import migrations

KEEP = """
CREATE TRIGGER hold_is_kept_but_for_its_lifting BEFORE UPDATE ON casework_hold FOR EACH ROW
  WHEN (OLD.lifted_at IS NOT NULL AND OLD IS DISTINCT FROM NEW
        OR (OLD.id, OLD.customer_id, OLD.reason, OLD.effects, OLD.debts, OLD.from_on, OLD.until_on, OLD.review_on,
            OLD.placed_by_id, OLD.placed_at, OLD.note, OLD.extends_id)
           IS DISTINCT FROM
           (NEW.id, NEW.customer_id, NEW.reason, NEW.effects, NEW.debts, NEW.from_on, NEW.until_on, NEW.review_on,
            NEW.placed_by_id, NEW.placed_at, NEW.note, NEW.extends_id))
  EXECUTE FUNCTION portfolio_keep();
CREATE TRIGGER hold_is_never_deleted BEFORE DELETE ON casework_hold FOR EACH ROW EXECUTE FUNCTION portfolio_keep();
CREATE CONSTRAINT TRIGGER hold_raises_facts_seq AFTER INSERT OR UPDATE ON casework_hold
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION portfolio_facts_raised();
"""

LET_GO = """
DROP TRIGGER hold_raises_facts_seq ON casework_hold;
DROP TRIGGER hold_is_never_deleted ON casework_hold;
DROP TRIGGER hold_is_kept_but_for_its_lifting ON casework_hold;
"""


class Migration(migrations.Migration):
    dependencies = [("casework", "0003_hold_effects"), ("portfolio", "0003_standing_kept")]

    operations = [migrations.RunSQL(KEEP, LET_GO)]
