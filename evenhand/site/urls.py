"""Addresses."""

from allauth.account import views as account
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from evenhand.adapters.kannel_sms import views as kannel
from evenhand.adapters.paygate.views import notified
from evenhand.adapters.pbx_calls.views import told
from evenhand.adapters.push_messages import views as push
from evenhand.adapters.smtp_mail import views as smtp_mail
from evenhand.adapters.typst_letters import papers
from evenhand.adapters.typst_letters import views as letters
from evenhand.api.v1 import addresses
from evenhand.web.views import not_for_you, not_found, out_of_order, without_login

# Of allauth only what staff need: nobody signs up, and passwords are reset by the bank's administrator.
staff = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("password/", account.password_change, name="account_change_password"),
    path("confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("two-factor/", include("allauth.mfa.urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("staff/", include(staff)),
    path("language/", without_login(set_language), name="set_language"),
    path("api/v1/", addresses()),
    path("webhooks/paygate", notified, name="paygate-notified"),
    path("channels/kannel/receipt", kannel.receipt, name="kannel-receipt"),
    path("channels/kannel/reply", kannel.reply, name="kannel-reply"),
    path("channels/pbx/told", told, name="pbx-told"),
    path("channels/push/told", push.told, name="push-told"),
    path("channels/mail/opt-out", smtp_mail.opt_out, name="mail-opt-out"),
    path("l/<str:token>", letters.genuine, name="letter-genuine"),
    path("papers/plans/<uuid:plan_id>/", papers.plan, name="paper-plan"),
    path("papers/cases/<uuid:case_id>/<str:account>/", papers.statement, name="paper-statement"),
    path("", include("evenhand.workbench.urls")),
]

handler403 = not_for_you
handler404 = not_found
handler500 = out_of_order
