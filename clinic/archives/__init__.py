"""A clinic's record as one file that outlives this program: rows as JSON and CSV, prints, signatures, audit trail.

``tables`` says what belongs in it, ``values`` how a value is written, ``parts`` writes the rows, ``packing`` closes the file
with its manifest, ``opening`` checks one that came from elsewhere, ``importing`` makes a clinic of it.
"""
