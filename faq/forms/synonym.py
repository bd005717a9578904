"""Words that mean the same."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from faq.models import Synonym
from faq.search.normalise import normalise
from helpdesk.core.forms import TextArea

MOST, LONGEST = 60, 20  # words in a group, characters in a word


class WordsForm(forms.Form):
    """The words of one group; none at all switch it off."""

    words = TextArea(
        label=gettext_lazy("说法"),
        rows=2,
        required=False,
        max_length=MOST * (LONGEST + 1),
        help_text=gettext_lazy("用空格或逗号隔开。全部删去则停用这一组。"),
    )

    def __init__(self, *args: Any, concept: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._concept = concept

    def clean_words(self) -> list[str]:
        """As the search reads them, each once."""
        written = re.split(r"[\s,，、;；]+", self.cleaned_data["words"])
        words = list(dict.fromkeys(word for text in written if (word := normalise(text))))
        if long := next((word for word in words if len(word) > LONGEST), ""):
            raise forms.ValidationError(_("“%(word)s”太长，最多 20 个字。") % {"word": long})
        if len(words) > MOST:
            raise forms.ValidationError(_("最多 60 个说法。"))
        for other in Synonym.objects.exclude(concept=self._concept):
            if shared := next((word for word in words if word in other.words), ""):
                raise forms.ValidationError(
                    _("“%(word)s”已经在“%(concept)s”这一组里。") % {"word": shared, "concept": other.concept}
                )
        return words


class NewSynonymForm(WordsForm):
    concept = forms.CharField(label=gettext_lazy("名称"), max_length=30)
    field_order = ("concept", "words")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].required = True
        self.fields["words"].help_text = gettext_lazy("用空格或逗号隔开。")
