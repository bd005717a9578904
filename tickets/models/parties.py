"""Who stands behind a case: a representative, a group with its members, the regulator who passed it on."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.core.fields import EncryptedTextField
from tickets.models.case import Evidence, Ticket


class Party(models.TextChoices):
    """For whom somebody files."""

    SELF = "self", _("本人")
    OTHER = "other", _("代理他人")
    GROUP = "group", _("群体（多人同一件事）")


class Representation(models.Model):
    """Somebody acts for the complainant (代理), with a signed authorisation among the case's evidence."""

    class Relation(models.TextChoices):
        FAMILY = "family", _("近亲属")
        GUARDIAN = "guardian", _("监护人")
        LAWYER = "lawyer", _("律师")
        OTHER = "other", pgettext_lazy("relation", "其他受托人")

    class AnswerTo(models.TextChoices):
        REPRESENTATIVE = "representative", _("代理人")
        CUSTOMER = "customer", _("客户本人")
        BOTH = "both", _("代理人和客户本人")

    ticket = models.OneToOneField(Ticket, models.CASCADE, related_name="representation")
    name = EncryptedTextField(_("代理人姓名"))
    contact = EncryptedTextField(_("代理人手机或邮箱"))
    relation = models.CharField(_("与客户的关系"), max_length=10, choices=Relation.choices)
    answer_to = models.CharField(_("答复发给"), max_length=20, choices=AnswerTo.choices)
    authorisation = models.ForeignKey(Evidence, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.relation}"


class GroupMember(models.Model):
    """One of the people of a group case (群体投诉); at most five of them speak for all."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="group_members")
    name = EncryptedTextField()
    contact = EncryptedTextField(blank=True)
    speaks = models.BooleanField(default=False)  # a representative

    class Meta:
        ordering = ("-speaks", "id")

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.pk}"


class Referral(models.Model):
    """What a regulator wrote when it passed the case on: its own number and the day it wants an answer."""

    ticket = models.OneToOneField(Ticket, models.CASCADE, related_name="referral")
    authority = models.CharField(_("转办机构"), max_length=60)
    number = models.CharField(_("监管编号"), max_length=60)
    due_on = models.DateField(_("要求答复的日期"), null=True)
    dated_on = models.DateField(_("转办函的日期"), null=True)

    class Meta:
        indexes = (models.Index(fields=["number"], name="referral_number"),)

    def __str__(self) -> str:
        return self.number


def answer_addresses(ticket: Ticket) -> list[str]:
    """The e-mail addresses that letters about the case go to: the customer's, or as was agreed."""
    who: Representation | None = getattr(ticket, "representation", None)
    contacts = [ticket.contact]
    if who and who.answer_to == Representation.AnswerTo.REPRESENTATIVE:
        contacts = [who.contact]
    elif who and who.answer_to == Representation.AnswerTo.BOTH:
        contacts = [who.contact, ticket.contact]
    return [contact for contact in contacts if "@" in contact]
