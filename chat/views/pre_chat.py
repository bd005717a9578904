"""The page on which a desk decides what it asks before a chat."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chat import actions, queries
from chat.forms import PreChatForm
from chat.permissions import may_set_pre_chat
from helpdesk.core.actors import actor_of
from helpdesk.core.permissions import requires


@requires(may_set_pre_chat)
@require_http_methods(["GET", "HEAD", "POST"])
def pre_chat(request: HttpRequest) -> HttpResponse:
    post = request.method == "POST"
    form = PreChatForm(request.POST) if post else PreChatForm.of(queries.pre_chat())
    if post and form.is_valid():
        actions.set_pre_chat(actor=actor_of(request), **form.cleaned_data)
        messages.success(request, _("已保存。新的对话按这里的设置提问。"))
        return redirect("chat:pre_chat")
    return render(request, "chat/pre_chat.html", {"form": form}, status=400 if form.errors else 200)
