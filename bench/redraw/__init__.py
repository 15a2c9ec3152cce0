"""Measure redrawing over HTTP on running services: strokes, preview, publication, history."""
