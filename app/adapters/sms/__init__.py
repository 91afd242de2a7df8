"""Text messages: one Protocol; the console, the fake of tests, and providers behind it.

``aliyun`` and ``tencent`` need the extra of requirements-sms.txt; ``choice`` imports the one that is configured.
"""

from app.adapters.sms.console import ConsoleSms
from app.adapters.sms.fake import FakeSms
from app.adapters.sms.message import Report, Sms, SmsFailed, SmsSender, Submitted

__all__ = ["ConsoleSms", "FakeSms", "Report", "Sms", "SmsFailed", "SmsSender", "Submitted"]
