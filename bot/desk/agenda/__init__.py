"""The agenda at the desk: works and fairs, what staff import, who the promoters are, and what changed when."""
