"""``python -m migrations``: brings the database of ``CASQUILLO_OWNER_DATABASE_URL`` to the newest schema.

The same as ``casquillo migrate``, for an image that holds no demo and no embedded servers.
"""

import os
import sys

from migrations.apply import upgrade


def main() -> int:
    url = os.environ.get("CASQUILLO_OWNER_DATABASE_URL")
    if not url:
        sys.stderr.write("CASQUILLO_OWNER_DATABASE_URL is missing.\n")
        return 2
    upgrade(url)
    return 0


if __name__ == "__main__":
    sys.exit(main())
