-- QuotaEngine::pause_left.
return {'left', pause_left(), 0}
