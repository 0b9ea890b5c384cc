"""The agenda: what residents can ask about, as rows. Works, campaigns, fairs and places, read and written."""

from bot.records.agenda.campaigns import all_campaigns, coming_campaigns
from bot.records.agenda.changes import (
    TABLES,
    agenda_version,
    count_samples,
    is_empty,
    put_campaigns,
    put_comunidades,
    put_districts,
    put_fairs,
    put_funds,
    put_promoters,
    put_works,
    raise_version,
    remove_samples,
)
from bot.records.agenda.fairs import FairDay, Nearness, all_fairs, next_fairs
from bot.records.agenda.places import FairName, Places, all_places, comunidades, districts
from bot.records.agenda.promoters import all_promoters
from bot.records.agenda.rows import Amount, Campaign, Comunidad, District, Fair, Fund, Name, Promoter, Work
from bot.records.agenda.rules import Pattern, pattern
from bot.records.agenda.works import FundTotal, ProgrammeAmount, Totals, find_works, funds, programme_amounts, totals

__all__ = [
    "TABLES",
    "Amount",
    "Campaign",
    "Comunidad",
    "District",
    "Fair",
    "FairDay",
    "FairName",
    "Fund",
    "FundTotal",
    "Name",
    "Nearness",
    "Pattern",
    "Places",
    "ProgrammeAmount",
    "Promoter",
    "Totals",
    "Work",
    "agenda_version",
    "all_campaigns",
    "all_fairs",
    "all_places",
    "all_promoters",
    "coming_campaigns",
    "comunidades",
    "count_samples",
    "districts",
    "find_works",
    "funds",
    "is_empty",
    "next_fairs",
    "pattern",
    "programme_amounts",
    "put_campaigns",
    "put_comunidades",
    "put_districts",
    "put_fairs",
    "put_funds",
    "put_promoters",
    "put_works",
    "raise_version",
    "remove_samples",
    "totals",
]
