"""Printed documents: pure functions of frozen content; the only package that imports ReportLab."""
