"""Court bundles: on the queue of what nothing waits for, since one may carry a hundred photos."""

from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from evidence.actions.paper import bundle_making
from evidence.actions.ports import PrinterUnfit
from evidence.actions.store_ports import StoreRefused
from evidence.adapters import bags
from workers.app import app, parts, transact
from workers.retry import Backoff


@app.task(name="make_bundle", queue="previews", retry=Backoff())
def make_bundle(bundle_id: str) -> None:
    """Gathers, packs and stores one bundle; tried again until the log has sealed the request itself."""
    gathered = transact(bundle_making.gather, UUID(bundle_id))
    if gathered is None:
        return
    services = parts().services
    with TemporaryDirectory(prefix="casquillo-bundle-") as name:
        folder = Path(name) / "bag"
        folder.mkdir()
        try:
            bundle_making.write(services, gathered, folder)
        except (StoreRefused, PrinterUnfit) as refused:
            transact(bundle_making.give_up, UUID(bundle_id), str(refused))
            return
        packed = bags.pack(folder, info=bundle_making.bag_info(gathered), into=Path(name) / "bundle.zip")
        key = f"bundles/{gathered.bundle_id}.zip"
        ref = services.store.put_bundle(key=key, path=packed.path, sha256=packed.sha256, size=packed.size)
    transact(bundle_making.record, gathered, packed, ref)
