"""People, teams, the shared list of topics, and the audit trail."""

import json
from typing import Any, ClassVar, NoReturn

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from helpdesk.core.fields import ContactTokenField, EncryptedTextField


class Role(models.TextChoices):
    CUSTOMER = "customer", _("客户")
    AGENT = "agent", _("客服")
    SUPERVISOR = "supervisor", _("主管")
    ANALYST = "analyst", _("质检分析员")
    ADMINISTRATOR = "administrator", _("管理员")
    SYSTEM = "system", _("系统")


WORKERS = (Role.AGENT, Role.SUPERVISOR)  # who works on cases and in chats


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
    # A supervisor who approves what is exceptional.
    senior = models.BooleanField(_("高级主管"), default=False)
    manager = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="reports", verbose_name=_("上级")
    )
    phone = EncryptedTextField(_("手机"), blank=True, default="")
    # What an account is found by when somebody calls or writes.
    phone_token = ContactTokenField(of="phone")
    email_token = ContactTokenField(of="email")
    # Who this customer is in the lender's ledger: an opaque reference that says nothing by itself, so it is
    # not encrypted, and it must be unique, or two accounts would read the same loans.
    customer_ref = models.CharField(_("借款系统的客户号"), max_length=64, blank=True, default="")
    # Since when signing in asks for a code as well (helpdesk/core/second_factor); None: it does not.
    second_factor_since = models.DateTimeField(_("双重验证设置于"), null=True, blank=True, editable=False)

    objects: ClassVar[UserManager["User"]] = UserManager()  # type: ignore[assignment]
    REQUIRED_FIELDS = ["email", "name"]

    class Meta(AbstractUser.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["customer_ref"], name="customer_ref_once", condition=~models.Q(customer_ref="")
            ),
        )
        indexes = (
            *(
                models.Index(fields=[name], name=f"user_by_{name}", condition=~models.Q(**{name: ""}))
                for name in ("phone_token", "email_token")
            ),
        )

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return str(self)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """A second factor that is set up or removed ends all sessions, as a new password does."""
        since = self.second_factor_since
        held = self.password + (str(since.timestamp()) if since else "")
        salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
        return salted_hmac(salt, held, secret=secret, algorithm="sha256").hexdigest()

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


class CalendarYear(models.Model):
    """A year of a calendar that an administrator has imported; the newest version counts. Append-only.

    ``days`` lists what differs from Monday to Friday: ``{"date", "working", "name"}``. What comes with the
    product is not in this table, see helpdesk/core/calendar.py.
    """

    calendar = models.CharField(_("日历"), max_length=20)
    year = models.PositiveSmallIntegerField(_("年份"))
    version = models.PositiveSmallIntegerField()
    days = models.JSONField()
    withdrawn = models.BooleanField(default=False)  # takes the import back: as if there were none
    source = models.CharField(_("依据"), max_length=200)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("calendar", "year", "version")
        constraints = (
            models.UniqueConstraint(fields=["calendar", "year", "version"], name="calendar_year_version"),
        )

    def __str__(self) -> str:
        return f"{self.calendar} {self.year} v{self.version}"


class Presence(models.TextChoices):
    """What a member of staff says of themselves; who gets chats is decided from it."""

    ON = "on", _("在岗")
    PAUSE = "pause", _("小休")
    OFF = "off", _("离岗")


class Staffing(models.Model):
    """What one member of staff can take, and whether they are there. Without a row nothing is offered."""

    user = models.OneToOneField(User, models.CASCADE, related_name="staffing")
    skills = models.JSONField(_("擅长的主题"), default=list)  # Topic values; empty: any
    languages = models.JSONField(_("语言"), default=list)  # codes of LANGUAGES; empty: any
    capacity = models.PositiveSmallIntegerField(_("同时接待上限"), default=3)
    presence = models.CharField(_("状态"), max_length=5, choices=Presence.choices, default=Presence.OFF)
    presence_at = models.DateTimeField(null=True)
    here_until = models.DateTimeField(null=True)  # counted as gone from then on; None: never seen
    page_until = models.DateTimeField(null=True)  # the same of pages beside the desk: nobody is asked there
    busy_at = models.DateTimeField(null=True)  # they last took, ended or gave away a chat; None: idle longest

    class Meta:
        ordering = ("user__name", "user_id")

    def __str__(self) -> str:
        return f"{self.user} {self.get_presence_display()}"

    @property
    def skill_names(self) -> list[str]:
        return [str(label) for value, label in Topic.choices if value in self.skills]


class Shift(models.Model):
    """One person's hours on one weekday (0 is Monday), as ``helpdesk.core.hours.spans`` reads them."""

    user = models.ForeignKey(User, models.CASCADE, related_name="shifts")
    weekday = models.PositiveSmallIntegerField()
    spans = models.CharField(max_length=120)

    class Meta:
        ordering = ("user_id", "weekday")
        constraints = (
            models.UniqueConstraint(fields=["user", "weekday"], name="shift_once_a_weekday"),
            models.CheckConstraint(name="shift_on_a_weekday", condition=models.Q(weekday__lte=6)),
        )

    def __str__(self) -> str:
        return f"{self.user} {self.weekday}: {self.spans}"

    @property
    def weekday_name(self) -> str:
        return str(WEEKDAYS[self.weekday])


class Leave(models.Model):
    """Days on which a person does not work, both included."""

    user = models.ForeignKey(User, models.CASCADE, related_name="leaves")
    first = models.DateField(_("第一天"))
    last = models.DateField(_("最后一天"))

    class Meta:
        ordering = ("first", "id")
        constraints = (
            models.CheckConstraint(
                name="leave_first_before_last", condition=models.Q(first__lte=models.F("last"))
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} {self.first}–{self.last}"


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """Reading only: what ``save`` and ``delete`` refuse is refused for many rows at once too."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("audit entries are never changed")

    def delete(self) -> NoReturn:
        raise TypeError("audit entries are never deleted")


class AuditEntry(models.Model):
    """Who did what to which row, written in the transaction that did it: one link of an append-only chain.

    ``body`` is the exact text that was hashed (helpdesk/core/audit/chain.py); the columns before it repeat
    what of it is searched. The database refuses to change or delete a row (helpdesk/core/audit/triggers.py).
    """

    at = models.DateTimeField()
    verb = models.CharField(max_length=60)
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    actor_label = models.CharField(max_length=160)
    target_type = models.CharField(max_length=60)
    target_id = models.CharField(max_length=40)
    from_state = models.CharField(max_length=40, blank=True)
    to_state = models.CharField(max_length=40, blank=True)
    chain = models.CharField(max_length=110)  # "tickets.ticket:123"
    n = models.PositiveIntegerField()  # 1, 2, 3 … in its chain
    body = models.TextField()
    prev = models.CharField(max_length=64)  # the hash of entry n - 1
    hash = models.CharField(max_length=64)  # SHA-256 of "v1|" + prev + "|" + body

    called = ""  # what people call the row it is about, where a page shows it

    objects: ClassVar[AuditQuerySet] = AuditQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=["target_type", "target_id", "id"]),
            models.Index(fields=["verb", "id"]),
        )
        constraints = (
            models.UniqueConstraint(fields=["chain", "n"], name="audit_one_place"),
            models.UniqueConstraint(fields=["chain", "prev"], name="audit_one_successor"),
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

    @property
    def data(self) -> dict[str, Any]:
        """The fields of the action, as they may be shown."""
        return dict(json.loads(self.body)["data"])


class SealedValues(models.Model):
    """The texts that an entry only commits to, encrypted, each with its salt: ``{path: [salt, text]}``.

    Deleting the row erases them for good: without the salt the commitment says nothing, and the chain holds.
    """

    entry = models.OneToOneField(AuditEntry, models.PROTECT, primary_key=True, related_name="sealed")
    texts = EncryptedTextField()

    def __str__(self) -> str:
        return f"sealed {self.entry_id}"
