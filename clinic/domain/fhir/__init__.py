"""A patient's record as HL7 FHIR R4 (4.0.1): plain dictionaries, made from frozen values by pure functions.

``resources`` has the words that all of them use, one file a group of resources, and ``bundle`` puts them together.
"""
