"""`python -m madoguchi.alarms --home DIR`."""

import sys

from madoguchi.alarms.watch import main

sys.exit(main())
