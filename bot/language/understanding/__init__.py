"""What a person meant, from her words alone: language, intent, slots, and how sure we are."""

from bot.language.understanding.reading import Reading as Reading
