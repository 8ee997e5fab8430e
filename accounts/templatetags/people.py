"""What templates write of people."""

from django import template
from django.utils.safestring import SafeString

from accounts import bio

register = template.Library()


@register.filter
def linked(text: str) -> SafeString:
    return bio.linked(text)
