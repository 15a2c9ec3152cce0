"""Hold everything that speaks SQL; nothing outside imports sqlalchemy."""
