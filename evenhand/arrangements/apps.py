from django.apps import AppConfig


class ArrangementsConfig(AppConfig):
    name = "evenhand.arrangements"
