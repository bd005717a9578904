"""Words that mean the same."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Synonym(models.Model):
    """Words that the search counts as one. While there are none, those that came with the product do."""

    concept = models.CharField(_("名称"), max_length=30, unique=True)
    words = models.JSONField(_("说法"), default=list)  # as normalised; none: the group is switched off
    previous = models.JSONField(default=list)  # before the last change
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("concept",)

    def __str__(self) -> str:
        return self.concept
