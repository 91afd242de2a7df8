"""The tables as they are; Django makes none of them."""

from __future__ import annotations

from django.db import models


class Region(models.Model):
    """A place."""

    code = models.CharField(max_length=6, primary_key=True)
    full_name = models.CharField(max_length=60)

    class Meta:
        managed = False
        db_table = "region"

    def __str__(self) -> str:
        return str(self.full_name)


def _text(length: int = 120) -> models.CharField:
    return models.CharField(max_length=length, null=True, blank=True)


class Expert(models.Model):
    """The columns that a list and a page show."""

    name = models.CharField(max_length=40)
    sex = models.CharField(max_length=1)
    birth_date = models.DateField()
    nation = _text()
    politics = _text()
    health = _text()
    address = _text()
    postcode = _text(6)
    region = models.ForeignKey(Region, models.PROTECT, db_column="region_code", null=True, blank=True)
    school = _text()
    major = _text()
    education_level = _text()
    degree = _text()
    graduated_on = models.DateField(null=True, blank=True)
    work_began_on = models.DateField(null=True, blank=True)
    employer = _text()
    employer_kind = _text()
    duty = _text()
    title_level = _text()
    title_name = _text()
    titled_on = models.DateField(null=True, blank=True)
    practice = _text()
    practice_years = models.IntegerField(null=True, blank=True)
    strengths = models.TextField(null=True, blank=True)
    approved = models.BooleanField(editable=False)

    class Meta:
        managed = False
        db_table = "expert"

    def __str__(self) -> str:
        return str(self.name)
