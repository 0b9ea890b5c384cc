"""What the municipality writes in flows/content/: read, checked, and planted in the database on the first start."""

from bot.service.content.model import (
    Content,
    Emergency,
    Holiday,
    Product,
    SeedCampaign,
    Specialty,
    Topic,
    Words,
)
from bot.service.content.reading import check, load
from bot.service.content.seeding import seed

__all__ = [
    "Content",
    "Emergency",
    "Holiday",
    "Product",
    "SeedCampaign",
    "Specialty",
    "Topic",
    "Words",
    "check",
    "load",
    "seed",
]
