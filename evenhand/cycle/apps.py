from django.apps import AppConfig


class CycleConfig(AppConfig):
    name = "evenhand.cycle"
