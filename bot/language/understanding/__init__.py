"""What a person meant, from her words alone: language, intent, slots, and how sure we are."""

from bot.language.understanding.lexicon import Entry as Entry
from bot.language.understanding.lexicon import Lexicon as Lexicon
from bot.language.understanding.reading import Reading as Reading
from bot.language.understanding.training import train as train
from bot.language.understanding.understanding import Understanding as Understanding
from bot.language.understanding.who import Who as Who
