"""How every form of the site is drawn."""

from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    form_template_name = "components/_form.html"
    field_template_name = "components/_field.html"
