from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("capacity", "0006_fill_expected_of_plans"),
        ("hospitals", "0006_contacts_have_name_and_phone"),
    ]

    operations = [
        migrations.CreateModel(
            name="WhatIf",
            fields=[],
            options={
                "verbose_name": "门诊推演",
                "verbose_name_plural": "门诊推演",
                "proxy": True,
                "default_permissions": (),
                "indexes": [],
                "constraints": [],
            },
            bases=("hospitals.clinicsession",),
        ),
    ]
