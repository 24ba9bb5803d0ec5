from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("scoring", "0006_scoring_batches"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="monthlyindicator",
            options={
                "ordering": ["hospital", "-month", "department", "doctor"],
                "verbose_name": "履约指标",
                "verbose_name_plural": "履约指标",
            },
        ),
    ]
