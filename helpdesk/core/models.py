"""People, teams, the shared list of topics, and the audit trail."""

from typing import Any, ClassVar, NoReturn

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.core.fields import EncryptedTextField


class Role(models.TextChoices):
    CUSTOMER = "customer", _("客户")
    AGENT = "agent", _("客服")
    SUPERVISOR = "supervisor", _("主管")
    ANALYST = "analyst", _("质检分析员")
    ADMINISTRATOR = "administrator", _("管理员")
    SYSTEM = "system", _("系统")


class Topic(models.TextChoices):
    """What a question, a chat or a case is about: one list for the whole desk."""

    REPAYMENT = "repayment", _("还款")
    OVERDUE = "overdue", _("逾期")
    PRIVACY = "privacy", _("隐私")
    APPLICATION = "application", _("贷款申请")
    FEES = "fees", _("费用利率")
    SECURITY = "security", _("账户安全")
    COMPLAINTS = "complaints", _("投诉")
    OTHER = "other", _("其他")


class Team(models.Model):
    name = models.CharField(_("团队"), max_length=60, unique=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """Anyone who can sign in, and the named system users that machines act as."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(_("姓名"), max_length=60)
    role = models.CharField(_("角色"), max_length=20, choices=Role.choices, default=Role.CUSTOMER)
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="members", verbose_name=_("团队")
    )
    phone = EncryptedTextField(_("手机"), blank=True, default="")

    objects: ClassVar[UserManager["User"]] = UserManager()  # type: ignore[assignment]
    REQUIRED_FIELDS = ["email", "name"]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return str(self)

    @classmethod
    def system(cls, name: str) -> "User":
        """The system user ``name`` (for example ``deadline-sweep``); it can never sign in."""
        user, created = cls.objects.get_or_create(
            username=f"system:{name}", defaults={"name": name, "role": Role.SYSTEM, "is_active": False}
        )
        if created:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        return user


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """Reading only: what ``save`` and ``delete`` refuse is refused for many rows at once too."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("audit entries are never changed")

    def delete(self) -> NoReturn:
        raise TypeError("audit entries are never deleted")


class AuditEntry(models.Model):
    """Who did what to which row, written in the transaction that did it. Append-only."""

    at = models.DateTimeField()
    verb = models.CharField(max_length=60)
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    actor_label = models.CharField(max_length=120)
    target_type = models.CharField(max_length=60)
    target_id = models.CharField(max_length=40)
    from_state = models.CharField(max_length=40, blank=True)
    to_state = models.CharField(max_length=40, blank=True)
    data = models.JSONField(default=dict)

    objects: ClassVar[AuditQuerySet] = AuditQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=["target_type", "target_id", "id"]),
            models.Index(fields=["verb", "id"]),
        )

    def __str__(self) -> str:
        return f"{self.verb} {self.target}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("audit entries are never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("audit entries are never deleted")

    @property
    def target(self) -> str:
        return f"{self.target_type}:{self.target_id}"
