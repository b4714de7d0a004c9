"""Option lists that several records share."""

from django.db import models


class BusinessReason(models.TextChoices):
    """Why a customer wants a service, or the whole of it: the 14 of DOMAIN §3.5."""

    END_OF_LIFE = "end-of-life", "End of Life of Existing IT"
    SECURITY = "security", "Increase Security"
    QUALITY = "quality", "Improve Service Quality"
    UPTIME = "uptime", "High Availability/Improved Uptime"
    HARDWARE = "hardware", "Eliminate On-Premise Hardware Cost and Support"
    OVERHEAD = "overhead", "Reduce Overhead for Application Updates/Maintenance"
    SAVINGS = "savings", "Greater Savings over Previous Solution"
    COLLABORATE = "collaborate", "Collaborate and Communicate with Our People"
    PROCESSES = "processes", "Transform Business Processes"
    KNOWLEDGE = "knowledge", "Use Our Collective Knowledge"
    FRONT_LINE = "front-line", "Engage Our Front Line Workers"
    PARTNERS = "partners", "Work with Partners and Suppliers"
    ANYWHERE = "anywhere", "Work from Anywhere"
    INSIGHTS = "insights", "Get Insights From Data"
