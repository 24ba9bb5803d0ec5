"""Whatever happens to a hospital's past: the minutes, the night, one patient on demand and all at once come to the same, and to
what `scoring.numeric` makes of the rows counted one by one."""

import pytest

from booking.models import StandingDue
from scoring.models import RunScope
from scoring.services.nightly import score_due, score_hospital, score_patient
from tests.scoring.random_hospital import NOTHING, RandomHospital

pytestmark = pytest.mark.django_db
DAYS = 8


@pytest.mark.parametrize("seed", range(3))
def test_every_way_of_scoring_comes_to_the_same(seed: int) -> None:
    world = RandomHospital(seed=seed)
    scopes, tiers, fell_out, swept = set(), set(), 0, world.standings()
    for number in range(DAYS):
        world.pass_days()
        for _ in range(3):
            world.do_something()
        if 0 < number < DAYS - 1 and world.dice.random() < 0.3:
            # Nobody runs the night: the next one has to make good for it.
            continue
        if number == DAYS // 2:
            world.change_rules()

        # The night writes what has changed since the last one.
        night = score_hospital(hospital_id=world.hospital.pk, now=world.now)
        before = world.standings()
        assert before == world.expected(world.policy, world.day)
        scopes.add(night.scope)
        tiers |= {verdict[-1] for verdict in before.values()}

        # So do the minutes of the day after it; some are asked about earlier, one by one.
        for _ in range(3):
            world.do_something()
        for patient in world.dice.sample(world.patients, 3):
            score_patient(hospital_id=world.hospital.pk, patient_id=patient.pk, now=world.now)
        score_due(hospital_id=world.hospital.pk, now=world.now)
        swept, expected = world.standings(), world.expected(world.policy, world.day)
        assert swept == expected
        assert not StandingDue.objects.exists()
        fell_out += sum(verdict == NOTHING for verdict in swept.values())

        # All at once there is nothing left to write, nor one by one.
        everyone = score_hospital(hospital_id=world.hospital.pk, now=world.now, everyone=True)
        assert (everyone.scope, everyone.changed) == (RunScope.FULL, 0)
        assert world.standings() == swept
    for patient in world.patients:
        score_patient(hospital_id=world.hospital.pk, patient_id=patient.pk, now=world.now)
    assert world.standings() == swept

    # What was compared was not nothing.
    assert scopes == {RunScope.FULL, RunScope.CHANGES}
    assert len(tiers) >= 4
    assert fell_out > 0
    assert len(world.events) >= 5, world.events
