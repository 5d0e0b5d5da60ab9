"""Places in Ray that a dead trial's Ray Train run left taken."""

from __future__ import annotations

from typing import Any


def free_left_groups() -> int:
    """Remove the placement groups whose creator is a dead actor; return how many there were.

    A placement group made in an actor lives until the job's end: Ray Train's controller removes
    its own at the end of its run, but not when it is killed with the trial that began it. Ray
    Train leaves that to an actor that asks the dashboard whether the controller lives. Without
    a dashboard it learns nothing, the group stays, and the trials that come next wait for ever
    for the processors in it. Here Ray's own table is asked, which needs no dashboard.
    """
    from ray.util.placement_group import PlacementGroup, remove_placement_group

    left = [group for group in _groups() if _is_left(group)]
    for group in left:
        remove_placement_group(PlacementGroup(_identifier(group)))
    return len(left)


def _groups() -> list[Any]:
    """Return the table of placement groups as Ray keeps it: the public one lacks the creators."""
    from ray._private.state import state

    table = state._connect_and_get_accessor().get_placement_group_table()
    return [_kind().FromString(one) for one in table]


def _is_left(group: Any) -> bool:
    made_by_actor = bool(group.creator_actor_id.strip(b"\xff"))  # not by the driver itself
    gone = group.is_detached or group.state == _kind().REMOVED
    return made_by_actor and group.creator_actor_dead and not gone


def _kind() -> Any:
    from ray.core.generated import gcs_pb2

    return gcs_pb2.PlacementGroupTableData  # type: ignore[attr-defined, unused-ignore]


def _identifier(group: Any) -> Any:
    import ray

    return ray.PlacementGroupID(group.placement_group_id)
