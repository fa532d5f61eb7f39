"""Whether this installation can serve and is cared for: the checks behind ``/ready``, the banner and the doctor."""
