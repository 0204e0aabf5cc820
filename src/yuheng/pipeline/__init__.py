"""The run: steps, order, resume, release; and the Python API."""

from yuheng.pipeline.api import Yuheng, open_deployment
from yuheng.pipeline.backtest import BackTest, Tested, back_test
from yuheng.pipeline.changes import changes
from yuheng.pipeline.explain import Explained, explain
from yuheng.pipeline.firms import Firm, find_firm, firms_of, last_rated, note_list
from yuheng.pipeline.fit import Fitted, fit
from yuheng.pipeline.libraries import ensure_libraries
from yuheng.pipeline.likely import LinkReport, apply_judgements, has_code, link_likely
from yuheng.pipeline.models import Models, default_training_day, model_of, store, usable, usable_models
from yuheng.pipeline.progress import Progress, silent
from yuheng.pipeline.ranking import top
from yuheng.pipeline.rate import Rated, rate, register_grades
from yuheng.pipeline.release import change_list, draft, freeze, withdraw
from yuheng.pipeline.rerate import Live, Rerated
from yuheng.pipeline.run import RunReport, run
from yuheng.pipeline.serving import write_serving
from yuheng.pipeline.values import Valued, ensure_values
from yuheng.pipeline.workspace import Workspace

__all__ = [
    "BackTest",
    "Explained",
    "Firm",
    "Fitted",
    "LinkReport",
    "Live",
    "Models",
    "Progress",
    "Rated",
    "Rerated",
    "RunReport",
    "Tested",
    "Valued",
    "Workspace",
    "Yuheng",
    "apply_judgements",
    "back_test",
    "change_list",
    "changes",
    "default_training_day",
    "draft",
    "ensure_libraries",
    "ensure_values",
    "explain",
    "find_firm",
    "firms_of",
    "fit",
    "freeze",
    "has_code",
    "last_rated",
    "link_likely",
    "model_of",
    "note_list",
    "open_deployment",
    "rate",
    "register_grades",
    "run",
    "silent",
    "store",
    "top",
    "usable",
    "usable_models",
    "withdraw",
    "write_serving",
]
