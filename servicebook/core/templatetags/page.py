"""The tags that pages are made of; built in, so that no template loads them."""

from django import template

register = template.Library()
