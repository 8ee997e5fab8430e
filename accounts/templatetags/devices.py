"""What templates write of the browsers people sign in with."""

from django import template

from accounts import devices

register = template.Library()


@register.filter
def device(user_agent: str) -> devices.Device:
    return devices.device(user_agent)
