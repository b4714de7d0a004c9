"""Numbers that no column can hold match no row, instead of breaking the database."""

from django.db.models import IntegerField
from django.db.models.lookups import In


@IntegerField.register_lookup
class IntegerIn(In):
    """``__in`` for integers. Django leaves such numbers out of every other comparison; here it hands them on."""

    def process_rhs(self, compiler, connection):
        if self.rhs_is_direct_value():
            lowest, highest = connection.ops.integer_field_range(self.lhs.output_field.get_internal_type())
            # Whatever is no number, such as an expression, passes.
            self.rhs = [n for n in self.rhs if not isinstance(n, int) or (lowest or n) <= n <= (highest or n)]
        return super().process_rhs(compiler, connection)
